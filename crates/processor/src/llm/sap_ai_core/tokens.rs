//! Tokens for SAP AI Core: asked for with the credentials as they are at that moment, good for a while.
//!
//! Called by [`sap_ai_core`](super) when there is no token, when the one there is soon expires, and when it was
//! refused.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use tokio::time::Instant;

use super::FETCH_TIMEOUT;
use super::credentials::{Credentials, CredentialsError, Proof, Surroundings};
use crate::llm::body;
use crate::llm::classify::{Asked, LlmError};
use crate::llm::client::http_client;
use crate::llm::settings::LlmSettings;

/// How long a token lasts that doesn't say so; those of SAP last twelve hours.
const LIFETIME_DEFAULT: Duration = Duration::from_secs(10 * 60);

/// The longest time that is believed.
const LIFETIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// How long before it expires a token is renewed, at most; of a short life it is a fifth.
const RENEWED_BEFORE_MAX: Duration = Duration::from_secs(5 * 60);

/// How long before it expires a token is no longer used: a call takes a moment to arrive.
const UNUSED_BEFORE: Duration = Duration::from_secs(2);

/// How long after a failed renewal the next one is tried, while the old token lasts.
const RENEWAL_PAUSE: Duration = Duration::from_secs(15);

/// A token, and the API that it is for.
pub(super) struct Token {
    /// `Bearer …`, marked as sensitive.
    pub(super) authorization: HeaderValue,
    /// The AI API of the credentials that it was made of.
    pub(super) api_url: Url,
    fetched_at: Instant,
    lifetime: Duration,
    /// Milliseconds after `fetched_at` before which no renewal is tried.
    renewed_after_ms: AtomicU64,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Token(for {} s)", self.lifetime.as_secs())
    }
}

impl Token {
    fn new(authorization: HeaderValue, api_url: Url, lifetime: Duration) -> Self {
        let renewed_after = lifetime.saturating_sub(RENEWED_BEFORE_MAX.min(lifetime / 5));
        let renewed_after_ms = AtomicU64::new(milliseconds(renewed_after));
        Self { authorization, api_url, fetched_at: Instant::now(), lifetime, renewed_after_ms }
    }

    /// Whether it can be used.
    pub(super) fn is_good(&self) -> bool {
        self.fetched_at.elapsed() + UNUSED_BEFORE.min(self.lifetime / 10) < self.lifetime
    }

    /// Whether it can be used and a new one is due.
    pub(super) fn is_to_be_renewed(&self) -> bool {
        let age_ms = milliseconds(self.fetched_at.elapsed());
        self.is_good() && age_ms >= self.renewed_after_ms.load(Ordering::Relaxed)
    }

    /// A renewal failed: not every call is to wait for the next one.
    pub(super) fn put_renewal_off(&self) {
        let later = milliseconds(self.fetched_at.elapsed() + RENEWAL_PAUSE);
        self.renewed_after_ms.store(later, Ordering::Relaxed);
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Who gives tokens.
#[derive(Debug)]
pub(super) struct TokenService {
    surroundings: Surroundings,
    settings: LlmSettings,
    client: reqwest::Client,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

impl TokenService {
    pub(super) fn new(surroundings: Surroundings, settings: LlmSettings, client: reqwest::Client) -> Self {
        Self { surroundings, settings, client }
    }

    /// A new token, of the credentials as they are now.
    pub(super) async fn fetch(&self) -> Result<Token, LlmError> {
        // A few small files of a mounted secret, once per token: not worth a thread.
        let credentials = self.surroundings.credentials().map_err(LlmError::Credentials)?;
        let client = self.client_for(&credentials)?;
        let asked = Asked::TokenService;
        let request = client
            .post(credentials.token_url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form(&credentials))
            .timeout(FETCH_TIMEOUT);
        let response =
            request.send().await.map_err(|source| LlmError::of_transport(asked, FETCH_TIMEOUT, source))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = body::read(response, FETCH_TIMEOUT).await;
        let body = body.map_err(|source| LlmError::Body { asked, source })?;
        if !status.is_success() {
            return Err(LlmError::of_response(asked, status.as_u16(), &headers, &body, SystemTime::now()));
        }
        let not_a_token = |reason: &str| LlmError::ServerFault {
            asked,
            status: status.as_u16(),
            retry_in: None,
            message: reason.to_owned(),
        };
        let token: TokenResponse =
            serde_json::from_slice(&body).map_err(|_| not_a_token("its answer is no token"))?;
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.access_token))
            .map_err(|_| not_a_token("its token has characters that no header takes"))?;
        authorization.set_sensitive(true);
        let lifetime = token.expires_in.map_or(LIFETIME_DEFAULT, Duration::from_secs).min(LIFETIME_MAX);
        tracing::info!(place = credentials.place, lifetime_seconds = lifetime.as_secs(), "token fetched");
        Ok(Token::new(authorization, credentials.api_url, lifetime))
    }

    /// The client that shows the certificate, where that is the proof. It is made anew for each token: its connection
    /// would be of the old certificate.
    fn client_for(&self, credentials: &Credentials) -> Result<reqwest::Client, LlmError> {
        let Proof::Certificate(pem) = &credentials.proof else { return Ok(self.client.clone()) };
        let with_certificate = || -> Result<reqwest::Client, reqwest::Error> {
            let identity = reqwest::Identity::from_pem(pem.expose().as_bytes())?;
            http_client(&self.settings)?.identity(identity).build()
        };
        with_certificate().map_err(|_| {
            LlmError::Credentials(CredentialsError::Unusable {
                place: credentials.place.clone(),
                problem: "`certificate` and `key` don't belong together".to_owned(),
            })
        })
    }
}

/// The form, encoded: client ids hold `!` and `|`, secrets `$`, `=` and `+`.
fn form(credentials: &Credentials) -> String {
    // An address's query is encoded in the same way as a form; this one is never asked.
    let mut encoder = credentials.token_url.clone();
    encoder.set_query(None);
    {
        let mut pairs = encoder.query_pairs_mut();
        pairs
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &credentials.client_id);
        if let Proof::ClientSecret(secret) = &credentials.proof {
            pairs.append_pair("client_secret", secret.expose());
        }
    }
    encoder.query().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use docmill_chassis::config::Secret;

    use super::*;

    #[test]
    fn secrets_are_encoded() {
        let credentials = |proof| Credentials {
            place: String::new(),
            client_id: "sb-1!b2|aicore!b3".to_owned(),
            proof,
            token_url: "https://x/oauth/token".parse().unwrap(),
            api_url: "https://y/v2".parse().unwrap(),
        };
        assert_eq!(
            form(&credentials(Proof::ClientSecret(Secret::new("a$b=c+d&e f%ü")))),
            "grant_type=client_credentials&client_id=sb-1%21b2%7Caicore%21b3&client_secret=a%24b%3Dc%2Bd%26e+f%25%C3%BC"
        );
        assert_eq!(
            form(&credentials(Proof::Certificate(Secret::new("pem")))),
            "grant_type=client_credentials&client_id=sb-1%21b2%7Caicore%21b3"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_are_renewed_before_they_expire() {
        let check = async |lifetime_seconds: u64, renewed_after: u64, good_until: u64| {
            let token = Token::new(
                HeaderValue::from_static("Bearer x"),
                "https://y/v2".parse().unwrap(),
                Duration::from_secs(lifetime_seconds),
            );
            let mut seen = (None, None);
            for second in 0..=lifetime_seconds {
                if token.is_to_be_renewed() {
                    seen.0.get_or_insert(second);
                }
                if !token.is_good() {
                    seen.1.get_or_insert(second);
                }
                tokio::time::advance(Duration::from_secs(1)).await;
            }
            assert_eq!(seen, (Some(renewed_after), Some(good_until)), "{lifetime_seconds}");
        };
        check(43_200, 42_900, 43_198).await;
        check(100, 80, 98).await;
        check(10, 8, 9).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_failed_is_put_off() {
        let lifetime = Duration::from_secs(100);
        let token = Token::new(HeaderValue::from_static("x"), "https://y/v2".parse().unwrap(), lifetime);
        tokio::time::advance(Duration::from_secs(80)).await;
        assert!(token.is_to_be_renewed());
        token.put_renewal_off();
        assert!(!token.is_to_be_renewed() && token.is_good());
        tokio::time::advance(RENEWAL_PAUSE).await;
        assert!(token.is_to_be_renewed());
    }
}
