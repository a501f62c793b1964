//! How this program shows NATS who it is: one of user, token, credentials file and NKey, and a certificate for TLS.
//!
//! Called by [`super::Nats::connect`]. Which of them may be given together is checked with the settings. Secrets pass
//! through here from the settings into the client; nothing here logs one or puts one into an error.

use std::io;
use std::path::Path;

use async_nats::ConnectOptions;

use super::ConnectError;
use crate::config::NatsSettings;

/// Seeds are 58 letters of base 32, and a user's begin so: a server's or an account's seed is somebody else's secret.
const SEED_LETTERS: usize = 58;
const SEED_PREFIX: &str = "SU";

/// The options with everything that the settings say about who this is and whom to trust.
///
/// The client reads certificates and the key anew at each attempt to connect, so new files are used by themselves;
/// credentials and seed are read here, once.
pub(super) fn with_login(
    mut options: ConnectOptions,
    settings: &NatsSettings,
) -> Result<ConnectOptions, ConnectError> {
    if let Some(path) = &settings.credentials_file {
        let wrong = |source| ConnectError::Credentials { path: path.clone(), source };
        let text = std::fs::read_to_string(path).map_err(wrong)?;
        options = options.credentials(&text).map_err(wrong)?;
    }
    if let Some(path) = &settings.nkey_file {
        let seed = read_seed(path).map_err(|source| ConnectError::Nkey { path: path.clone(), source })?;
        options = options.nkey(seed);
    }
    if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
        options = options.user_and_password(user.clone(), password.expose().to_owned());
    }
    if let Some(token) = &settings.token {
        options = options.token(token.expose().to_owned());
    }
    if let Some(path) = &settings.ca_file {
        options = options.add_root_certificates(path.clone());
    }
    if let (Some(certificate), Some(key)) = (&settings.certificate_file, &settings.key_file) {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    if insists_on_tls(&settings.url) {
        // What a server says before TLS anybody on the way can change: that it needs none, or that there are other
        // servers, to which the client would go and log in. So only the addresses of the settings count.
        options = options.require_tls(true).ignore_discovered_servers();
    }
    Ok(options)
}

/// Whether one of the addresses begins with `tls://`, which then holds for all of them.
fn insists_on_tls(url: &str) -> bool {
    url.split(',').any(|address| address.trim().starts_with("tls://"))
}

fn read_seed(path: &Path) -> io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    seed_in(&text).map(str::to_owned).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "it holds no seed of a user, which is a line of 58 letters that begins with SU",
        )
    })
}

/// The first line that is a user's seed; other lines may say whose it is.
fn seed_in(text: &str) -> Option<&str> {
    let is_seed = |line: &&str| {
        line.len() == SEED_LETTERS
            && line.starts_with(SEED_PREFIX)
            && line.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'))
    };
    text.lines().map(str::trim).find(is_seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_found_whatever_stands_around_it() {
        let seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
        let check = |text: &str, expected: Option<&str>| assert_eq!(seed_in(text), expected, "{text}");
        check(seed, Some(seed));
        check(&format!("# processor\r\n  {seed}\r\n"), Some(seed));
        check("", None);
        check(&seed.to_lowercase(), None);
        check(&seed.replace("SU", "SA"), None);
        check(&seed[..50], None);
        check(&format!("seed: {seed}"), None);
    }
}
