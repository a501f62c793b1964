//! SAP AI Core's orchestration, version 2, as strict as its specification: what a request may hold, what becomes of its
//! template, how an answer and an error look.
//!
//! Pure: called by the server with a body, gives the chat completion request it comes to, and wraps what was answered.

use serde_json::{Map, Value, json};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// What is wrong.
    pub(crate) message: String,
    /// The part of orchestration that says so.
    pub(crate) location: &'static str,
}

const REQUEST_BODY: &str = "Request Body";
const TEMPLATING: &str = "Templating Module";
pub(crate) const LLM: &str = "LLM Module";

fn refuse<T>(location: &'static str, message: String) -> Result<T, Refused> {
    Err(Refused { message: format!("400 - {location}: {message}"), location })
}

/// The chat completion request that this request comes to, and its messages as they were after templating.
pub(crate) fn read(body: &[u8]) -> Result<(Value, Value), Refused> {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return refuse(REQUEST_BODY, "it is not JSON".to_owned());
    };
    let body = closed(&body, "", &["config"], &["placeholder_values", "messages_history"])?;
    let config = closed(member(body, "config"), "config", &["modules"], &["stream"])?;
    let modules = member(config, "modules");
    // Of several configurations the first that works counts: here, the first.
    let modules = modules.as_array().and_then(|all| all.first()).unwrap_or(modules);
    let optional = ["filtering", "masking", "grounding", "translation"];
    let modules = closed(modules, "config.modules", &["prompt_templating"], &optional)?;
    let at = "config.modules.prompt_templating";
    let templating = closed(member(modules, "prompt_templating"), at, &["prompt", "model"], &[])?;
    let prompt = member(templating, "prompt");
    let prompt =
        closed(prompt, &format!("{at}.prompt"), &["template"], &["defaults", "response_format", "tools"])?;
    let model = check_model(member(templating, "model"), &format!("{at}.model"))?;
    let values = texts(body.get("placeholder_values"), "placeholder_values")?;
    let defaults = texts(prompt.get("defaults"), &format!("{at}.prompt.defaults"))?;
    let history = messages(body.get("messages_history"), "messages_history", 0)?;
    let template = messages(prompt.get("template"), &format!("{at}.prompt.template"), 1)?;
    let templated = fill(&template, &values, &defaults)?;
    let mut request = model.get("params").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(format) = prompt.get("response_format") {
        check_format(format, &format!("{at}.prompt.response_format"))?;
        request.insert("response_format".to_owned(), format.clone());
    }
    request.insert("messages".to_owned(), history.into_iter().chain(templated.clone()).collect());
    Ok((Value::Object(request), Value::Array(templated)))
}

/// The answer around a completion.
pub(crate) fn answer(completion: &Value, templated: &Value, request_id: &str) -> Value {
    json!({
        "request_id": request_id,
        "intermediate_results": {"templating": templated, "llm": completion},
        "final_result": completion,
    })
}

/// An error body; with several configurations it is a list of what each met.
pub(crate) fn error(status: u16, message: &str, location: &str, headers: &Value, is_list: bool) -> Value {
    let error = json!({
        "request_id": "mock",
        "code": status,
        "message": message,
        "location": location,
        "intermediate_results": {},
        "headers": headers,
    });
    if is_list {
        let earlier =
            json!({"request_id": "mock", "code": 400, "message": "an earlier one", "location": location});
        return json!({"error": [earlier, error]});
    }
    json!({ "error": error })
}

/// The members of an object that has all it must have and nothing it can't.
fn closed<'a>(
    value: &'a Value,
    at: &str,
    required: &[&str],
    optional: &[&str],
) -> Result<&'a Map<String, Value>, Refused> {
    let Some(members) = value.as_object() else {
        return refuse(REQUEST_BODY, format!("'{at}' is not an object"));
    };
    if let Some(name) = required.iter().find(|name| !members.contains_key(**name)) {
        return refuse(REQUEST_BODY, format!("'{name}' is a required property of '{at}'"));
    }
    let is_known = |name: &str| required.contains(&name) || optional.contains(&name);
    if let Some(name) = members.keys().find(|name| !is_known(name)) {
        return refuse(
            REQUEST_BODY,
            format!("Additional properties are not allowed ('{name}' was unexpected in '{at}')"),
        );
    }
    Ok(members)
}

/// A member that was checked to be there.
fn member<'a>(members: &'a Map<String, Value>, name: &str) -> &'a Value {
    members.get(name).unwrap_or(&Value::Null)
}

fn texts(value: Option<&Value>, at: &str) -> Result<Map<String, Value>, Refused> {
    let Some(value) = value else { return Ok(Map::new()) };
    match value.as_object() {
        Some(members) if members.values().all(Value::is_string) => Ok(members.clone()),
        _ => refuse(REQUEST_BODY, format!("'{at}' is not an object of strings")),
    }
}

fn check_model<'a>(model: &'a Value, at: &str) -> Result<&'a Map<String, Value>, Refused> {
    let members = closed(model, at, &["name"], &["version", "params", "timeout", "max_retries"])?;
    let is_within = |name: &str, least: u64, most: u64| {
        members.get(name).is_none_or(|value| value.as_u64().is_some_and(|n| (least..=most).contains(&n)))
    };
    let is_text = |name: &str| members.get(name).is_none_or(Value::is_string);
    let is_good = is_text("name")
        && is_text("version")
        && members.get("params").is_none_or(Value::is_object)
        && is_within("timeout", 1, 600)
        && is_within("max_retries", 0, 5);
    if is_good {
        Ok(members)
    } else {
        refuse(REQUEST_BODY, format!("'{at}' has a value that is not allowed"))
    }
}

fn check_format(format: &Value, at: &str) -> Result<(), Refused> {
    match format.get("type").and_then(Value::as_str) {
        Some("text" | "json_object") => closed(format, at, &["type"], &[]).map(drop),
        Some("json_schema") => {
            let members = closed(format, at, &["type", "json_schema"], &[])?;
            let schema = member(members, "json_schema");
            let schema = closed(schema, at, &["name", "schema"], &["description", "strict"])?;
            let name = member(schema, "name").as_str().unwrap_or_default();
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if name.is_empty() || name.len() > 64 || !name.bytes().all(is_plain) {
                return refuse(REQUEST_BODY, format!("'{at}.json_schema.name' is not allowed"));
            }
            Ok(())
        }
        _ => refuse(REQUEST_BODY, format!("'{at}.type' is not allowed")),
    }
}

fn messages(value: Option<&Value>, at: &str, least: usize) -> Result<Vec<Value>, Refused> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let Some(all) = value.as_array().filter(|all| all.len() >= least) else {
        return refuse(REQUEST_BODY, format!("'{at}' is not a list of messages"));
    };
    for message in all {
        let role = message.get("role").and_then(Value::as_str);
        let may_show_images = match role {
            Some("user") => true,
            Some("system" | "assistant" | "developer") => false,
            _ => return refuse(REQUEST_BODY, format!("'{at}' has a message of an unknown role")),
        };
        let members = closed(message, at, &["role", "content"], &[])?;
        match member(members, "content") {
            Value::String(_) => {}
            Value::Array(parts) if !parts.is_empty() => {
                for part in parts {
                    check_part(part, at, may_show_images)?;
                }
            }
            _ => return refuse(REQUEST_BODY, format!("'{at}' has a message without content")),
        }
    }
    Ok(all.clone())
}

fn check_part(part: &Value, at: &str, may_show_images: bool) -> Result<(), Refused> {
    match part.get("type").and_then(Value::as_str) {
        Some("text") => closed(part, at, &["type", "text"], &[]).map(drop),
        Some("image_url") if may_show_images => {
            let members = closed(part, at, &["type", "image_url"], &[])?;
            closed(member(members, "image_url"), at, &["url"], &["detail"]).map(drop)
        }
        _ => refuse(REQUEST_BODY, format!("'{at}' has a part of a type that is not allowed there")),
    }
}

/// The template with its placeholders filled, once: what a value holds is text. A value without a placeholder is
/// refused as a placeholder without a value is.
fn fill(
    template: &[Value],
    values: &Map<String, Value>,
    defaults: &Map<String, Value>,
) -> Result<Vec<Value>, Refused> {
    let mut filler = Filler { values, defaults, used: Vec::new(), missing: Vec::new() };
    let filled = template.iter().map(|message| filler.fill(message)).collect::<Result<Vec<_>, _>>()?;
    if !filler.missing.is_empty() {
        return refuse(TEMPLATING, format!("Missing required parameters: {:?}", filler.missing));
    }
    let unused: Vec<&String> = values.keys().filter(|name| !filler.used.contains(*name)).collect();
    if !unused.is_empty() {
        return refuse(TEMPLATING, format!("Unused parameters: {unused:?}"));
    }
    Ok(filled)
}

struct Filler<'a> {
    values: &'a Map<String, Value>,
    defaults: &'a Map<String, Value>,
    used: Vec<String>,
    missing: Vec<String>,
}

impl Filler<'_> {
    /// All texts of a value, wherever they are: an image's address is a text too.
    fn fill(&mut self, value: &Value) -> Result<Value, Refused> {
        Ok(match value {
            Value::String(text) => Value::from(self.fill_text(text)?),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect::<Result<_, _>>()?,
            Value::Object(members) => {
                let filled = members.iter().map(|(name, value)| Ok((name.clone(), self.fill(value)?)));
                Value::Object(filled.collect::<Result<_, Refused>>()?)
            }
            other => other.clone(),
        })
    }

    fn fill_text(&mut self, text: &str) -> Result<String, Refused> {
        let broken = || refuse(TEMPLATING, "Error processing template: it is not one".to_owned());
        let mut filled = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
            let (before, after) = rest.split_at(at);
            filled.push_str(before);
            let Some((name, after)) = after.strip_prefix("{{").and_then(|inner| inner.split_once("}}"))
            else {
                return broken();
            };
            let Some(name) = name.trim().strip_prefix('?').map(str::trim) else { return broken() };
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return broken();
            }
            match self.values.get(name).or_else(|| self.defaults.get(name)).and_then(Value::as_str) {
                Some(value) => filled.push_str(value),
                None => self.missing.push(name.to_owned()),
            }
            self.used.push(name.to_owned());
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

#[cfg(test)]
mod tests;
