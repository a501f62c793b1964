//! Documents by https: a job names an address, and its bytes come from there, once, within limits.
//!
//! Called by `fetch`. Addresses are of whoever may publish jobs, so they are trusted with nothing: see [`rules`]. No proxy is
//! asked, since it would look up names by itself. What an address has behind `?` may be a signature: it is in no
//! message and in no log.

mod public;
mod rules;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{StatusCode, Url, redirect};

pub use rules::{AddressRules, Forbidden, HostPattern};

/// How often an address may lead on to another.
const REDIRECTS_MAX: usize = 5;

/// How documents are fetched.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// Where from.
    pub rules: AddressRules,
    /// How long connecting may take, TLS included.
    pub connect_max: Duration,
    /// How long the server may say nothing.
    pub silence_max: Duration,
    /// How long it all may take.
    pub fetch_max: Duration,
    /// How long after its job an address that can't be reached is tried again.
    pub late_max: Duration,
    /// Certificates of authorities, in PEM, that are trusted besides the system's.
    pub authorities_pem: Option<Vec<u8>>,
}

/// Fetches documents.
#[derive(Debug, Clone)]
pub struct Web {
    client: reqwest::Client,
    rules: Arc<AddressRules>,
    late_max: Duration,
}

/// Why a document could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// It is no address.
    #[error("{text:?} is not an address: write it as in https://example.com/invoice.pdf")]
    NotAnAddress {
        /// What was written, as far as it can be shown.
        text: String,
    },
    /// It may not be asked.
    #[error("{shown} may not be fetched: {why}")]
    Forbidden {
        /// The address.
        shown: String,
        /// Why not.
        why: Forbidden,
    },
    /// The server doesn't have it, or doesn't give it.
    #[error("{shown} answers {status}: {}", advice(*status))]
    Refused {
        /// The address.
        shown: String,
        /// Its answer.
        status: StatusCode,
    },
    /// It has too many bytes.
    #[error(
        "{shown} has more than the {bytes_max} bytes that a document may have (`pdf.document_bytes_max`)"
    )]
    TooLarge {
        /// The address.
        shown: String,
        /// The limit.
        bytes_max: u64,
    },
    /// It can't be reached now.
    #[error("{shown} can't be fetched now: {why}")]
    Unreachable {
        /// The address.
        shown: String,
        /// Why.
        why: String,
    },
}

impl Web {
    /// A client that keeps its connections.
    ///
    /// # Errors
    /// Where no TLS can be set up, or an authority's certificate can't be read.
    pub fn new(settings: &WebSettings) -> Result<Self, reqwest::Error> {
        let rules = Arc::new(settings.rules.clone());
        let ruled = Arc::clone(&rules);
        let redirects = redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS_MAX {
                return attempt.error(Forbidden::TooManyRedirects(REDIRECTS_MAX));
            }
            match ruled.check(attempt.url()) {
                Ok(()) => attempt.follow(),
                Err(forbidden) => attempt.error(forbidden),
            }
        });
        let mut client = reqwest::Client::builder()
            .dns_resolver(rules::RuledResolver(Arc::clone(&rules)))
            .redirect(redirects)
            .referer(false)
            .no_proxy()
            .https_only(true)
            .connect_timeout(settings.connect_max)
            .read_timeout(settings.silence_max)
            .timeout(settings.fetch_max)
            .user_agent(concat!("docmill/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &settings.authorities_pem {
            client = client.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
        }
        Ok(Self { client: client.build()?, rules, late_max: settings.late_max })
    }

    /// How long after its job an address that can't be reached is tried again.
    pub(crate) fn late_max(&self) -> Duration {
        self.late_max
    }

    /// The bytes at an address, at most `bytes_max`.
    ///
    /// # Errors
    /// [`WebError`]; of these only [`WebError::Unreachable`] may be gone another time.
    pub async fn fetch(&self, address: &str, bytes_max: u64) -> Result<Bytes, WebError> {
        let url = Url::parse(address).map_err(|_| WebError::NotAnAddress { text: shown_text(address) })?;
        let shown = shown(&url);
        self.rules.check(&url).map_err(|why| WebError::Forbidden { shown: shown.clone(), why })?;
        let failed = |error: reqwest::Error| failed(&shown, &error);
        let mut response = self.client.get(url).send().await.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            return Err(refused(shown, status));
        }
        let too_large = || WebError::TooLarge { shown: shown.clone(), bytes_max };
        if response.content_length().is_some_and(|length| length > bytes_max) {
            return Err(too_large());
        }
        let mut bytes = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            let length = bytes.len().saturating_add(chunk.len());
            if u64::try_from(length).is_ok_and(|length| length > bytes_max) {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }
}

/// The address as it may be shown: without what may be a password or a signature.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Addresses that have no place for them have none.
    let _has_host = url.set_username("").and_then(|()| url.set_password(None));
    let hidden = url.query().is_some();
    url.set_query(None);
    url.set_fragment(None);
    if hidden { format!("{url}?…") } else { url.to_string() }
}

/// The longest text that isn't an address and is shown.
const SHOWN_CHARACTERS_MAX: usize = 80;

fn shown_text(text: &str) -> String {
    text.split(['?', '@']).next().unwrap_or_default().chars().take(SHOWN_CHARACTERS_MAX).collect()
}

fn refused(shown: String, status: StatusCode) -> WebError {
    let may_pass = status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        );
    match may_pass {
        true => WebError::Unreachable { shown, why: format!("it answers {status}") },
        false => WebError::Refused { shown, status },
    }
}

fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => "publish the document there before its job",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "sign the address for longer than the job may wait, or store the PDF as an object"
        }
        _ => "it must answer with the PDF itself",
    }
}

/// What an error of the client means: a rule that was broken on the way is found among its causes.
fn failed(shown: &str, error: &reqwest::Error) -> WebError {
    let shown = shown.to_owned();
    let mut cause = error.source();
    let mut innermost = None;
    while let Some(error) = cause {
        if let Some(why) = error.downcast_ref::<Forbidden>() {
            return WebError::Forbidden { shown, why: why.clone() };
        }
        innermost = Some(error.to_string());
        cause = error.source();
    }
    // The error itself names the address with everything in it.
    let why = match (error.is_timeout(), innermost) {
        (true, _) => "it takes too long".to_owned(),
        (false, Some(why)) => why,
        (false, None) => "the connection failed".to_owned(),
    };
    WebError::Unreachable { shown, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        let check = |url: &str, expected: &str| assert_eq!(shown(&Url::parse(url).unwrap()), expected);
        check("https://a.test/x.pdf?X-Signature=secret", "https://a.test/x.pdf?…");
        check("https://user:secret@a.test/x.pdf#secret", "https://a.test/x.pdf");
        assert_eq!(shown_text("https:/a?secret"), "https:/a");
    }
}
