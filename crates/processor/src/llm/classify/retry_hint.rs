//! When an endpoint says to come back, and when to come back where it doesn't.
//!
//! Called by [`classify`](super) alone.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value};

/// The longest retry hint that is believed; a broken clock at the other end must not park a fleet for a day.
const RETRY_HINT_MAX: Duration = Duration::from_secs(15 * 60);

/// The shortest pause: a hint of nothing would be a storm.
const RETRY_HINT_MIN: Duration = Duration::from_millis(250);

/// Quotas are counted by the minute nearly everywhere.
const MINUTE: Duration = Duration::from_secs(60);

/// How far workers that were throttled in the same minute are spread over the next one.
const JITTER_MAX: Duration = Duration::from_secs(5);

/// Where hints stand, the finer ones first, and whether in milliseconds.
const NAMES: [(&str, bool); 4] = [
    ("retry-after-ms", true),
    ("x-ms-retry-after-ms", true),
    ("retry-after", false),
    ("x-retry-after", false),
];

/// The hint of a response's headers, else of those in its body: seconds, milliseconds, or a date.
pub(super) fn read(headers: &HeaderMap, in_body: &Map<String, Value>, now: SystemTime) -> Option<Duration> {
    // A date is compared with the server's own clock where it shows one.
    let server_now = headers.get("date").and_then(|date| parse_date(date.to_str().ok()?)).unwrap_or(now);
    let of_headers = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
    let of_body = |name: &str| {
        let (_, value) = in_body.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        value.as_str().map(str::to_owned).or_else(|| value.as_f64().map(|number| number.to_string()))
    };
    let hint = NAMES
        .iter()
        .find_map(|&(name, is_milliseconds)| parse(&of_headers(name)?, is_milliseconds, server_now));
    let hint = hint.or_else(|| {
        NAMES.iter().find_map(|&(name, is_milliseconds)| parse(&of_body(name)?, is_milliseconds, server_now))
    })?;
    Some(hint.clamp(RETRY_HINT_MIN, RETRY_HINT_MAX))
}

fn parse(text: &str, is_milliseconds: bool, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        let seconds = if is_milliseconds { number / 1_000.0 } else { number };
        return Duration::try_from_secs_f64(seconds).ok();
    }
    // A date that has passed means now.
    parse_date(text).map(|date| date.duration_since(now).unwrap_or_default())
}

/// `Wed, 21 Oct 2026 07:28:00 GMT`.
fn parse_date(text: &str) -> Option<SystemTime> {
    let parser = DateTimeParser::new().relaxed_weekday(true);
    parser.parse_timestamp(text.trim()).ok().map(SystemTime::from)
}

/// The time until the next full minute, and a part of [`JITTER_MAX`] (`jitter`, 0 to 1) beyond it.
pub(super) fn until_next_minute(now: SystemTime, jitter: f64) -> Duration {
    let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let into_minute = Duration::from_secs(since_epoch.as_secs() % MINUTE.as_secs());
    let into_minute = into_minute + Duration::from_nanos(since_epoch.subsec_nanos().into());
    MINUTE.saturating_sub(into_minute) + JITTER_MAX.mul_f64(jitter.clamp(0.0, 1.0))
}

/// A number from 0 to 1, another one each time.
pub(super) fn jitter() -> f64 {
    // Every `RandomState` hashes differently; no more randomness than that is needed.
    let thousandths = u16::try_from(RandomState::new().hash_one(0_u8) % 1_001).unwrap_or(0);
    f64::from(thousandths) / 1_000.0
}
