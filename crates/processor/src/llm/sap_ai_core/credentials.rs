//! The credentials for SAP AI Core: where they are looked for, in which order, and what makes them usable.
//!
//! Read by `config` once, so that a worker without them doesn't start, and before every token: a binding that is
//! rotated in place is noticed without a restart. Which variables and folders there are is an argument
//! ([`Surroundings`]), so that no test touches the process's own.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use docmill_chassis::config::Secret;
use reqwest::Url;
use serde_json::{Map, Value};

use super::{BINDING_FOLDERS, service_bindings};

/// Variables that are looked at.
const VARIABLES: [&str; 12] = [
    "AICORE_SERVICE_KEY",
    "AICORE_CLIENT_ID",
    "AICORE_CLIENT_SECRET",
    "AICORE_AUTH_URL",
    "AICORE_BASE_URL",
    "AICORE_CERT_FILE_PATH",
    "AICORE_KEY_FILE_PATH",
    "AICORE_CERT_STR",
    "AICORE_KEY_STR",
    "AICORE_RESOURCE_GROUP",
    "SERVICE_BINDING_ROOT",
    "VCAP_SERVICES",
];

/// What a worker has around it: variables, and folders where bindings may be mounted.
#[derive(Clone)]
pub struct Surroundings {
    variables: BTreeMap<String, Secret>,
    binding_folders: Vec<PathBuf>,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The folder of bindings is no secret, everything else may be.
        let names: Vec<&String> = self.variables.keys().collect();
        formatter.debug_struct("Surroundings").field("variables", &names).finish_non_exhaustive()
    }
}

impl Default for Surroundings {
    /// No variables, and the usual folders.
    fn default() -> Self {
        Self::new([])
    }
}

impl Surroundings {
    /// These variables, and the usual folders. Empty variables count as unset.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables
            .into_iter()
            .filter(|(name, value)| VARIABLES.contains(&name.as_str()) && !value.trim().is_empty())
            .map(|(name, value)| (name, Secret::new(value)))
            .collect();
        Self { variables, binding_folders: BINDING_FOLDERS.map(PathBuf::from).into() }
    }

    /// The same variables with other folders in place of the usual ones.
    #[must_use]
    pub fn with_binding_folders(self, binding_folders: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { binding_folders: binding_folders.into_iter().collect(), ..self }
    }

    /// The resource group that the environment names.
    pub fn resource_group(&self) -> Option<&str> {
        self.variable("AICORE_RESOURCE_GROUP")
    }

    /// The credentials, from the first place that has any. What is wrong there is an error: another place would be a
    /// surprise.
    ///
    /// # Errors
    /// [`CredentialsError`] where there are none, or none that can be used.
    pub fn credentials(&self) -> Result<Credentials, CredentialsError> {
        if let Some(key) = self.variable("AICORE_SERVICE_KEY") {
            return Credentials::of_json(key, "AICORE_SERVICE_KEY");
        }
        if self.variable("AICORE_CLIENT_ID").is_some() {
            return self.of_variables();
        }
        if let Some(root) = self.variable("SERVICE_BINDING_ROOT")
            && let Some(binding) = service_bindings::find(Path::new(root), true)?
        {
            return Credentials::of_key(&binding.key, &binding.place);
        }
        for folder in &self.binding_folders {
            if let Some(binding) = service_bindings::find(folder, false)? {
                return Credentials::of_key(&binding.key, &binding.place);
            }
        }
        match self.variable("VCAP_SERVICES") {
            Some(services) => of_vcap_services(services)?.ok_or(CredentialsError::Missing),
            None => Err(CredentialsError::Missing),
        }
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(Secret::expose)
    }

    /// `AICORE_CLIENT_ID` and its companions, as a service key.
    fn of_variables(&self) -> Result<Credentials, CredentialsError> {
        let place = "AICORE_CLIENT_ID";
        let file_or_text = |file: &str, text: &str| match (self.variable(file), self.variable(text)) {
            (Some(path), _) => service_bindings::read_file(Path::new(path)).map(Some),
            // A certificate in one line has its line ends written out.
            (None, text) => Ok(text.map(|text| text.replace("\\n", "\n"))),
        };
        let certificate = file_or_text("AICORE_CERT_FILE_PATH", "AICORE_CERT_STR")?;
        let key = file_or_text("AICORE_KEY_FILE_PATH", "AICORE_KEY_STR")?;
        let address = if certificate.is_some() { "certurl" } else { "url" };
        let text = |name| self.variable(name).map(str::to_owned);
        let members = [
            ("clientid", text("AICORE_CLIENT_ID")),
            ("clientsecret", text("AICORE_CLIENT_SECRET")),
            (address, text("AICORE_AUTH_URL")),
            ("AI_API_URL", text("AICORE_BASE_URL")),
            ("certificate", certificate),
            ("key", key),
        ];
        let members =
            members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))));
        Credentials::of_key(&members.collect(), place)
    }
}

/// Usable credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Where they were found, for a log line.
    pub place: String,
    /// The client's id.
    pub client_id: String,
    /// What proves that we are that client.
    pub proof: Proof,
    /// Where tokens are asked for.
    pub token_url: Url,
    /// The AI API, up to and with its version: `https://…/v2`.
    pub api_url: Url,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Credentials(from {})", self.place)
    }
}

/// What proves who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A secret, sent to the token service.
    ClientSecret(Secret),
    /// A certificate with its key, both as PEM, shown to the token service when the connection is made.
    Certificate(Secret),
}

/// Why there are no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Nowhere.
    #[error(
        "no credentials for SAP AI Core: set AICORE_SERVICE_KEY (the service key's JSON) or AICORE_CLIENT_ID and its \
         companions, or mount the service binding below SERVICE_BINDING_ROOT or /etc/secrets/sapbtp/aicore"
    )]
    Missing,
    /// Found, and unusable.
    #[error("the credentials for SAP AI Core in {place} can't be used: {problem}")]
    Unusable {
        /// Where they are.
        place: String,
        /// What is wrong with them; never a value.
        problem: String,
    },
}

impl Credentials {
    /// Of a service key's JSON.
    fn of_json(text: &str, place: &str) -> Result<Self, CredentialsError> {
        let unusable = |problem: &str| CredentialsError::Unusable {
            place: place.to_owned(),
            problem: problem.to_owned(),
        };
        let key = serde_json::from_str::<Value>(text).map_err(|_| unusable("it is not JSON"))?;
        let key = key.as_object().ok_or_else(|| unusable("it is not a JSON object"))?;
        // A key as `cf service-key` and some secrets show it is one level down.
        Self::of_key(key.get("credentials").and_then(Value::as_object).unwrap_or(key), place)
    }

    /// Of a service key's members.
    pub(super) fn of_key(key: &Map<String, Value>, place: &str) -> Result<Self, CredentialsError> {
        let unusable = |problem: String| CredentialsError::Unusable { place: place.to_owned(), problem };
        let text =
            |name: &str| key.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let required = |name: &str| text(name).ok_or_else(|| unusable(format!("`{name}` is missing")));
        let address = |name: &str, text: &str| {
            let url = Url::parse(text)
                .ok()
                .filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
            url.ok_or_else(|| unusable(format!("`{name}` is not an http or https address")))
        };
        let client_id = required("clientid")?.to_owned();
        let (proof, name) = match (text("clientsecret"), text("certificate")) {
            (_, Some(certificate)) if key.contains_key("key") => {
                let pem = Secret::new(format!("{certificate}\n{}\n", required("key")?));
                reqwest::Identity::from_pem(pem.expose().as_bytes())
                    .map_err(|_| unusable("`certificate` and `key` are not PEM".to_owned()))?;
                (Proof::Certificate(pem), "certurl")
            }
            (Some(secret), _) => (Proof::ClientSecret(Secret::new(secret)), "url"),
            _ => {
                return Err(unusable(
                    "neither `clientsecret` nor `certificate` and `key` are there".to_owned(),
                ));
            }
        };
        let api_url = match (api_url_in(key.get("serviceurls")), text("AI_API_URL")) {
            (Some(url), _) => url,
            (None, Some(url)) => url.to_owned(),
            (None, None) => return Err(unusable("`serviceurls` has no `AI_API_URL`".to_owned())),
        };
        Ok(Self {
            place: place.to_owned(),
            client_id,
            proof,
            token_url: with_path(address(name, required(name)?)?, "/oauth/token"),
            api_url: with_path(address("AI_API_URL", &api_url)?, "/v2"),
        })
    }
}

/// `serviceurls` is an object, or that object as text where a secret holds one key per credential.
fn api_url_in(serviceurls: Option<&Value>) -> Option<String> {
    let of = |urls: &Value| Some(urls.get("AI_API_URL")?.as_str()?.trim().to_owned());
    match serviceurls? {
        Value::String(text) => of(&serde_json::from_str(text).ok()?),
        urls => of(urls),
    }
}

/// The address with `path`, which it may have already.
fn with_path(mut url: Url, path: &str) -> Url {
    let given = url.path().trim_end_matches('/').to_owned();
    let whole = if given.ends_with(path) { given } else { given + path };
    url.set_path(&whole);
    url
}

/// The first service of Cloud Foundry that is, or is tagged as, SAP AI Core.
fn of_vcap_services(text: &str) -> Result<Option<Credentials>, CredentialsError> {
    let place = "VCAP_SERVICES";
    let unusable =
        |problem: &str| CredentialsError::Unusable { place: place.to_owned(), problem: problem.to_owned() };
    let services: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| unusable("it is not a JSON object"))?;
    let is_ai_core = |label: &str, service: &Value| {
        let tags = service.get("tags").and_then(Value::as_array);
        label == service_bindings::TYPE
            || service.get("label").is_some_and(|label| label == service_bindings::TYPE)
            || tags.is_some_and(|tags| tags.iter().any(|tag| tag == service_bindings::TYPE))
    };
    let mut found = services
        .iter()
        .flat_map(|(label, services)| services.as_array().into_iter().flatten().map(move |one| (label, one)))
        .filter(|(label, service)| is_ai_core(label, service));
    let Some((_, service)) = found.next() else { return Ok(None) };
    let key = service.get("credentials").and_then(Value::as_object);
    let key = key.ok_or_else(|| unusable("the service has no `credentials`"))?;
    Credentials::of_key(key, place).map(Some)
}

#[cfg(test)]
mod tests;
