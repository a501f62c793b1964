//! Section `telemetry`: where traces go. Used by every program that publishes or does jobs.

use serde::Deserialize;

use crate::config::{Problems, Sections};

/// Where traces go.
#[derive(Debug, Clone, Default)]
pub struct TelemetrySettings {
    /// The collector's address, before `/v1/traces`. Where there is none, the platform may name one, see [`crate::traces`].
    pub otlp_endpoint: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TelemetrySection {
    otlp_endpoint: Option<String>,
}

impl TelemetrySettings {
    /// Reads and checks section `telemetry`.
    pub fn read(sections: &Sections, problems: &mut Problems) -> Self {
        let typed: TelemetrySection = sections.section("telemetry", problems);
        let is_address = |text: &String| {
            let parsed = text.parse::<http::Uri>().ok();
            parsed
                .is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
        };
        let otlp_endpoint = typed.otlp_endpoint.filter(|text| {
            let is_address = is_address(text);
            if !is_address {
                // Not quoted: an address may hold a key.
                problems.add("telemetry.otlp_endpoint", "is not an address, as in http://collector:4318");
            }
            is_address
        });
        Self { otlp_endpoint }
    }
}
