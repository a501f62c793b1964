//! Files of authorities that are trusted besides the system's: for sections `llm` and `web`.

use std::path::Path;

use docmill_chassis::config::Problems;

/// The certificates in `file`, as PEM, read and checked; none where no file is named or it can't be used.
pub(super) fn authorities(key: &str, file: Option<&Path>, problems: &mut Problems) -> Option<Vec<u8>> {
    let file = file?;
    let mut unusable = |problem: &dyn std::fmt::Display| {
        problems.add(key, format_args!("{} can't be used: {problem}", file.display()));
    };
    match std::fs::read(file) {
        Err(error) => {
            unusable(&error);
            None
        }
        Ok(pem) => {
            if !reqwest::Certificate::from_pem_bundle(&pem).is_ok_and(|all| !all.is_empty()) {
                unusable(&"it holds no certificate as PEM");
            }
            Some(pem)
        }
    }
}
