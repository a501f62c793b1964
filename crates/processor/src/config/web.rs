//! Section `web`: where documents may be fetched from, and how long that may take.

use std::path::PathBuf;
use std::time::Duration;

use docmill_chassis::config::Problems;
use serde::Deserialize;

use super::authorities::authorities;
use crate::web::{AddressRules, HostPattern, WebSettings};

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WebSection {
    hosts: Vec<String>,
    private_hosts: Vec<String>,
    connect_seconds_max: u64,
    silence_seconds_max: u64,
    fetch_seconds_max: u64,
    late_seconds_max: u64,
    ca_file: Option<PathBuf>,
}

impl Default for WebSection {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            private_hosts: Vec::new(),
            connect_seconds_max: 10,
            silence_seconds_max: 30,
            // 64 MiB at 5 Mbit/s.
            fetch_seconds_max: 120,
            late_seconds_max: 3_600,
            ca_file: None,
        }
    }
}

impl WebSection {
    pub(super) fn read(&self, problems: &mut Problems) -> WebSettings {
        let mut seconds = |key: &str, value: u64, range: std::ops::RangeInclusive<u64>| {
            Duration::from_secs(problems.within(&format!("web.{key}"), value, range))
        };
        let connect_max = seconds("connect_seconds_max", self.connect_seconds_max, 1..=120);
        let silence_max = seconds("silence_seconds_max", self.silence_seconds_max, 1..=600);
        let fetch_max = seconds("fetch_seconds_max", self.fetch_seconds_max, 1..=3_600);
        let late_max = seconds("late_seconds_max", self.late_seconds_max, 0..=604_800);
        let authorities_pem = authorities("web.ca_file", self.ca_file.as_deref(), problems);
        WebSettings {
            rules: AddressRules {
                hosts: patterns("web.hosts", &self.hosts, problems),
                private_hosts: patterns("web.private_hosts", &self.private_hosts, problems),
            },
            connect_max,
            silence_max,
            fetch_max,
            late_max,
            authorities_pem,
        }
    }
}

fn patterns(key: &str, hosts: &[String], problems: &mut Problems) -> Vec<HostPattern> {
    let mut patterns = Vec::with_capacity(hosts.len());
    for host in hosts {
        match HostPattern::parse(host) {
            Some(pattern) => patterns.push(pattern),
            None => problems.add(
                key,
                format_args!("{host:?} is no host: write example.com, *.example.com or an IP address"),
            ),
        }
    }
    patterns
}
