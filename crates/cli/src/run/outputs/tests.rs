use super::*;

fn outcome(collection: &str, document: &str) -> Outcome {
    serde_json::from_value(serde_json::json!({
        "version": 1, "collection": collection, "document": document, "name": format!("{document}.pdf"),
        "revision": 1, "work_key": "0".repeat(64), "status": "verified",
        "source": {"pages_read": 1, "job_sequence": 1},
        "data": {"total": "12.00"},
        "evidence": [{"pointer": "/total", "page": 1, "box": [1.0, 2.0, 3.0, 4.0], "text": "12,00",
                      "verified_by": "text", "via": "llm"}],
        "usage": {"calls": 1, "replayed_calls": 0, "failed_calls": 0, "repeated_calls": 0,
                  "prompt_tokens": 1, "completion_tokens": 1, "cost": null},
        "engine": {"docmill": "0"}
    }))
    .unwrap()
}

fn analysis(collection: &str) -> Analysis {
    serde_json::from_value(serde_json::json!({
        "version": 1, "collection": collection, "revision": 1,
        "covers": {"outcomes": 1, "verified": 1, "needs_review": 0, "failed": 0, "last_outcome_sequence": 1},
        "findings": [], "figures": [], "docmill": "0",
        "documents": [{"document": "a", "name": "a.pdf", "status": "verified", "pages": 1,
                       "values_verified": 1, "values": 1, "findings": 0}]
    }))
    .unwrap()
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn everything_is_written_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out");
    let outcomes = [outcome("run", "a"), outcome("run", "b")];
    let report = write(&output, &outcomes, &analysis("run"), &Pictures::default()).unwrap();
    assert_eq!(report, output.join("report.html"));
    assert_eq!(
        listing(&output),
        [
            "analysis.json",
            "documents.csv",
            "findings.csv",
            "outcomes",
            "outcomes.jsonl",
            "report.html",
            "report.xlsx",
            "values.csv"
        ]
    );
    let lines = std::fs::read_to_string(output.join("outcomes.jsonl")).unwrap();
    let read: Vec<Outcome> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, outcomes);
    let single = std::fs::read(output.join("outcomes/b.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Outcome>(&single).unwrap(), outcomes[1]);
    assert!(std::fs::read_to_string(output.join("values.csv")).unwrap().contains("12,00"));
}

#[test]
fn only_outcomes_of_the_same_collection_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let single = folder.path().join(OUTCOMES);
    write(
        folder.path(),
        &[outcome("run", "a"), outcome("run", "gone")],
        &analysis("run"),
        &Pictures::default(),
    )
    .unwrap();
    std::fs::write(single.join("theirs.json"), "{}").unwrap();
    let other = serde_json::to_string(&outcome("other", "kept")).unwrap();
    std::fs::write(single.join("kept.json"), other).unwrap();
    write(folder.path(), &[outcome("run", "a")], &analysis("run"), &Pictures::default()).unwrap();
    assert_eq!(listing(&single), ["a.json", "kept.json", "theirs.json"]);
}

#[test]
fn tables_of_an_earlier_analysis_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let with = |ids: &[&str]| {
        let sections = ids.iter().map(|id| {
            serde_json::json!({
                "id": id, "kind": "gaps", "title": "Gaps", "summary": "None.", "parameters": {},
                "counts": {"total": 0, "used": 0, "missing": 0, "rejected": 0},
                "tables": [{"title": "Gaps", "columns": [{"name": "Number", "kind": "text"}], "rows": [["A"]], "rows_in_all": 1}]
            })
        });
        let sections: Vec<serde_json::Value> = sections.collect();
        let mut analysis = serde_json::to_value(analysis("run")).unwrap();
        analysis["sections"] = sections.into();
        serde_json::from_value::<Analysis>(analysis).unwrap()
    };
    write_tables(folder.path(), &with(&["one", "two"])).unwrap();
    let tables = folder.path().join(TABLES);
    assert_eq!(listing(&tables), ["01-one-1.csv", "02-two-1.csv"]);
    std::fs::write(tables.join("theirs.csv"), "kept").unwrap();
    write_tables(folder.path(), &with(&["one"])).unwrap();
    assert_eq!(listing(&tables), ["01-one-1.csv", "theirs.csv"]);
    assert_eq!(std::fs::read_to_string(tables.join("01-one-1.csv")).unwrap(), "Number\nA\n");
}
