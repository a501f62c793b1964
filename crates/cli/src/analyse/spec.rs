//! Specifications as people write them: YAML or JSON, with the line of what is wrong.

use std::path::Path;

use docmill_contract::profile::Profile;
use docmill_contract::spec::AnalysisSpec;

use crate::error::CliError;

/// The specification in a file, or a profile's; without either that of invoices.
///
/// # Errors
/// [`CliError::File`] and [`CliError::Usage`], which names the line.
pub(crate) fn wanted(file: Option<&Path>, profile: Option<&str>) -> Result<AnalysisSpec, CliError> {
    match (file, profile) {
        (Some(file), _) => {
            let text = std::fs::read_to_string(file);
            let text =
                text.map_err(|source| CliError::File { path: file.to_owned(), verb: "read", source })?;
            read(&text)
                .map_err(|why| CliError::Usage(format!("{} is no specification: {why}", file.display())))
        }
        (None, Some(name)) => match Profile::built_in(name) {
            Some(profile) => Ok(profile.analysis),
            None => Err(CliError::Usage(format!(
                "there is no built-in profile {name}: there are {}",
                Profile::built_in_names().collect::<Vec<_>>().join(", ")
            ))),
        },
        (None, None) => {
            Err(CliError::Usage("say what to analyse, with --spec FILE or --profile NAME".to_owned()))
        }
    }
}

/// JSON is YAML, so one reader does for both.
fn read(text: &str) -> Result<AnalysisSpec, String> {
    let spec: AnalysisSpec = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    let unknown: Vec<String> = docmill_analysis::pointers(&spec)
        .into_iter()
        .enumerate()
        .filter_map(|(position, pointers)| {
            let name = pointers.err()?;
            Some(format!(
                "analysis {} names `{name}`, which is neither a column or group of the specification nor a pointer",
                position + 1
            ))
        })
        .collect();
    if unknown.is_empty() { Ok(spec) } else { Err(unknown.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_are_read_and_errors_name_the_line() {
        let check = |text: &str, expected: Result<usize, &[&str]>| match (read(text), expected) {
            (Ok(spec), Ok(analyses)) => assert_eq!(spec.analyses.len(), analyses),
            (Err(error), Err(parts)) => {
                parts.iter().for_each(|part| assert!(error.contains(part), "{error}"))
            }
            (found, expected) => panic!("{found:?} for {expected:?}"),
        };
        check(
            "columns:\n  - {name: Total, pointer: /total, currency: /currency}\nanalyses:\n  - {kind: benford, of: Total}\n",
            Ok(1),
        );
        check(r#"{"analyses": [{"kind": "gaps", "of": "/number"}]}"#, Ok(1));
        check("columns:\n  - {name: Total, pointr: /total}\n", Err(&["pointr", "line 2"]));
        check("analyses:\n  - kind: benford\n    of: /total\n    digit: first\n", Err(&["digit"]));
        check("analyses:\n  - {kind: benford, of: Total}\n", Err(&["analysis 1 names `Total`"]));
        check("analyses: [\n", Err(&["line"]));
    }
}
