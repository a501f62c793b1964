//! What is asked once more, and what comes of the answers.

use docmill_contract::profile::Rule;
use serde_json::{Value, json};

use super::{answers_of, at, document, shown};
use crate::{Answered, Examined, GroundContext, Plan, PlanBudget, Purpose, Stage, Task, examine};

fn invoice() -> Task {
    let schema = json!({"type": "object", "properties": {
        "lines": {"type": "array", "items": {"type": "object", "properties": {
            "name": {"type": "string"}, "quantity": {"type": "number"}, "price": {"type": "number"},
            "amount": {"type": "number"}}}},
        "net": {"type": "number", "description": "Printed as 'Net'"},
        "total": {"type": "number", "description": "Printed as 'Total'"}}});
    let rules = json!([
        {"kind": "product", "id": "row", "each": "/lines", "factors": ["quantity", "price"], "result": "amount"},
        {"kind": "sum", "id": "net", "parts": ["/lines/*/amount"], "total": "/net"}]);
    Task::new(&schema, "", &serde_json::from_value::<Vec<Rule>>(rules).unwrap()).unwrap()
}

const LINES: [&str; 8] = [
    "Name | Quantity | Price | Amount",
    "Apple | 2 | 1.10 | 2.20",
    "Pear | 3 | 2.00 | 6.00",
    "Plum | 4 | 0.50 | 2.00",
    "Fig | 1 | 4.40 | 4.40",
    "Net | 14.60",
    "Tax | 1.40",
    "Total | 16.00",
];

fn row(line: u32, name: &str, quantity: &str, price: &str, amount: &str) -> Value {
    json!({"line": line, "name": name, "quantity": quantity, "price": price, "amount": amount})
}

fn rows() -> Vec<Value> {
    vec![
        row(2, "Apple", "2", "1.10", "2.20"),
        row(3, "Pear", "3", "2.00", "6.00"),
        row(4, "Plum", "4", "0.50", "2.00"),
        row(5, "Fig", "1", "4.40", "4.40"),
    ]
}

struct Case {
    task: Task,
    document: docmill_pdf::Document,
    plan: Plan,
    answers: Vec<Answered>,
}

impl Case {
    fn new(lines: &[&str], reply: &Value) -> Self {
        let (task, document) = (invoice(), document(lines));
        let answers = answers_of(&task, &document, &PlanBudget::default(), |_| reply.clone());
        let plan = Plan::new(&document, &PlanBudget::default());
        Self { task, document, plan, answers }
    }

    fn examined(&self) -> Examined {
        examine(&self.task, &self.document, &self.answers, &GroundContext::default())
    }

    /// Answers what is asked at a stage; gives the lines and properties of the questions.
    fn answer(&mut self, stage: Stage, reply: &Value) -> Vec<(Vec<u32>, Value)> {
        let mut asked = Vec::new();
        for question in self.examined().questions(&self.task, &self.plan, stage) {
            let lines = question.chunk().lines().iter().map(|line| line.number).collect();
            let properties = question.wire_schema()["properties"].clone();
            asked.push((lines, properties));
            let answer = self.task.read_reply(&reply.to_string(), &question).unwrap().answer;
            self.answers.push(Answered { question, answer });
        }
        asked
    }
}

fn names(properties: &Value) -> Vec<&str> {
    properties.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn missing_rows_are_asked_for_by_their_lines_and_come_between_the_others() {
    let all = rows();
    let reply = json!({"lines": [all[0], all[3]], "net": at(6, "14.60"), "total": at(8, "16.00")});
    let mut case = Case::new(&LINES, &reply);
    assert!(shown(&case.examined().record).contains(&"/lines 2/4".to_owned()));
    let asked = case.answer(Stage::MissingRows, &json!({"lines": [all[1], all[2]]}));
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].0.as_slice(), names(&asked[0].1)), (&[3, 4][..], vec!["lines"]));
    let record = case.examined().record;
    assert_eq!(record.data["lines"].as_array().unwrap().len(), 4);
    assert_eq!(record.data["lines"][1]["name"], "Pear");
    assert_eq!(shown(&record)[18..], ["/lines 4/4", "verified"]);
    assert_eq!(case.examined().questions(&case.task, &case.plan, Stage::MissingRows), []);
}

#[test]
fn rows_that_stay_missing_stay_a_warning() {
    let all = rows();
    let reply = json!({"lines": [all[0], all[3]], "net": at(6, "14.60"), "total": at(8, "16.00")});
    let mut case = Case::new(&LINES, &reply);
    let before = shown(&case.examined().record);
    assert!(before.contains(&"! rows_missing /lines".to_owned()), "{before:#?}");
    // What stands nowhere isn't what was missing, and what was found before stays as it was.
    let other =
        json!({"lines": [row(3, "Kiwi", "9", "9.00", "81.00"), row(2, "Apple", "2", "2.20", "1.10")]});
    case.answer(Stage::MissingRows, &other);
    let shown = shown(&case.examined().record);
    assert_eq!(shown[8..], before[8..]);
}

#[test]
fn a_table_that_was_left_out_is_asked_for_alone() {
    let mut case = Case::new(&LINES, &json!({"lines": [], "net": at(6, "14.60"), "total": at(8, "16.00")}));
    let asked = case.answer(Stage::MissingRows, &json!({"lines": rows()}));
    assert_eq!((asked[0].0.as_slice(), names(&asked[0].1)), (&[2, 3, 4, 5][..], vec!["lines"]));
    assert_eq!(shown(&case.examined().record)[18..], ["/lines 4/4", "verified"]);
}

#[test]
fn values_that_contradict_each_other_are_read_again_and_taken_if_they_are_proved() {
    let mut wrong = rows();
    // Another number of the same line: only arithmetic can tell.
    wrong[1] = row(3, "Pear", "3", "2.00", "3");
    let reply = json!({"lines": wrong, "net": at(6, "14.60"), "total": at(8, "16.00")});
    let mut case = Case::new(&LINES, &reply);
    let before = shown(&case.examined().record);
    assert!(before.contains(&"! arithmetic_mismatch /lines/1/amount".to_owned()), "{before:#?}");
    let asked = case.answer(Stage::Equations, &json!({"lines": rows(), "net": at(6, "14.60")}));
    // The row's own equation first: its fields on its line; then the sum's.
    assert_eq!((asked[0].0.as_slice(), names(&asked[0].1)), (&[3][..], vec!["lines"]));
    let columns = asked[0].1["lines"]["items"]["properties"].clone();
    assert_eq!(names(&columns), ["line", "quantity", "price", "amount"]);
    assert_eq!(shown(&case.examined().record)[18..], ["/lines 4/4", "verified"]);
    let purposes: Vec<Purpose> = case.answers.iter().map(|answered| answered.question.purpose()).collect();
    assert_eq!(purposes, [Purpose::Fill, Purpose::Equation, Purpose::Equation]);
}

#[test]
fn a_second_reading_that_isnt_proved_or_doesnt_add_up_changes_nothing() {
    let mut wrong = rows();
    wrong[1] = row(3, "Pear", "3", "2.00", "3");
    let reply = json!({"lines": wrong, "net": at(6, "14.60"), "total": at(8, "16.00")});
    let before = Case::new(&LINES, &reply).examined().record;
    for amount in ["2.00", "3", "7.00"] {
        let mut case = Case::new(&LINES, &reply);
        let again = json!({"lines": [row(3, "Pear", "3", "2.00", amount)], "net": at(6, "14.60")});
        case.answer(Stage::Equations, &again);
        assert_eq!(case.examined().record, before, "{amount}");
    }
    // The page itself doesn't add up: nothing that could be read mends it.
    let mut lines = LINES;
    lines[5] = "Net | 15.60";
    let reply = json!({"lines": rows(), "net": at(6, "15.60"), "total": at(8, "16.00")});
    let mut case = Case::new(&lines, &reply);
    case.answer(Stage::Equations, &json!({"lines": rows(), "net": at(8, "16.00")}));
    let shown = shown(&case.examined().record);
    assert!(shown.contains(&"! arithmetic_mismatch /net".to_owned()), "{shown:#?}");
}

#[test]
fn a_good_record_asks_nothing() {
    let reply = json!({"lines": rows(), "net": at(6, "14.60"), "total": at(8, "16.00")});
    let case = Case::new(&LINES, &reply);
    let examined = case.examined();
    for stage in Stage::ALL {
        assert_eq!(examined.questions(&case.task, &case.plan, stage), []);
    }
}
