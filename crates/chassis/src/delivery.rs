//! One delivery of a job, as a worker gets it: what the message said, and what the chassis knows about it.
//!
//! Made by the pull loop; a test makes one without a server by [`Delivery::new`]. It holds no way to acknowledge:
//! that is decided by the [`crate::settle::Verdict`] alone.

use async_nats::HeaderMap;
use bytes::Bytes;
use docmill_contract::identity::{CollectionId, DocumentId, Sha256Hex};
use docmill_contract::names::{HEADER_REPLAY, HEADER_TRACEPARENT, HEADER_TRACESTATE, JobSubject, Lane, Work};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::Span;

/// A job that was delivered to this worker.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The subject, taken apart. Its collection is `None` on the plain subjects, and where `subject_problem` says
    /// that the subject's collection is not a valid id.
    pub subject: JobSubject,
    /// What is wrong with the subject, for the failure that such a job ends in.
    pub subject_problem: Option<String>,
    /// The message's headers.
    pub headers: HeaderMap,
    /// The message's body.
    pub payload: Bytes,
    /// The job's place in its work queue: what an outcome records, and what starts are counted by.
    pub stream_sequence: u64,
    /// How often the job was delivered, this time included. Hand-backs count here.
    pub delivered: u64,
    /// When the server took the job.
    pub published: Timestamp,
    /// How often the job was started, this time included. Hand-backs don't count here.
    pub starts: u32,
    /// The ordinal of a replay: the work is to be done again even if its outcome is there.
    pub replay: Option<u64>,
    /// The trace the job belongs to, as messages that follow from it carry it.
    pub trace: Trace,
    /// The span of the job's log lines.
    pub(crate) lines: Span,
    /// Fires when the worker's drain has run out: finish within two seconds or be handed back.
    pub cancelled: CancellationToken,
}

/// What the server said about a message beside its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The message's place in its stream.
    pub stream_sequence: u64,
    /// How often it was delivered, from 1.
    pub delivered: u64,
    /// When the server took it.
    pub published: Timestamp,
}

impl Delivery {
    /// A delivery of the first start, that nobody cancels yet.
    pub fn new(
        work: Work,
        lane: Lane,
        subject: &str,
        headers: HeaderMap,
        payload: Bytes,
        facts: Facts,
    ) -> Self {
        let parsed = JobSubject::parse(subject);
        let subject_problem = parsed.is_none().then(|| {
            format!(
                "the subject {subject:?} has no valid collection: use 1 to 128 of A-Z, a-z, 0-9, `_` and `-`"
            )
        });
        Self {
            subject: parsed.unwrap_or(JobSubject { work, lane, collection: None }),
            subject_problem,
            // A replay ordinal that isn't a number was not written by docmill and means nothing.
            replay: headers.get(HEADER_REPLAY).and_then(|ordinal| ordinal.as_str().parse().ok()),
            trace: Trace::read(&headers),
            lines: Span::none(),
            headers,
            payload,
            stream_sequence: facts.stream_sequence,
            delivered: facts.delivered,
            published: facts.published,
            starts: 1,
            cancelled: CancellationToken::new(),
        }
    }

    /// Which document the job is about: from now on the job's log lines name it.
    pub fn is_about(&self, collection: &CollectionId, document: Option<&DocumentId>) {
        self.lines.record("collection", collection.as_str());
        if let Some(document) = document {
            self.lines.record("document", document.as_str());
            // The job's span, since this is called where no step of it is on.
            Span::current().record("docmill.document", document.as_str());
        }
    }

    /// A header's value, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(async_nats::HeaderValue::as_str)
    }
}

/// W3C trace context, carried from each message to those that follow from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// Header `traceparent`.
    pub traceparent: Option<String>,
    /// Header `tracestate`; only with a traceparent.
    pub tracestate: Option<String>,
}

impl Trace {
    /// A trace for a job whose publisher names none, where nobody traces: so that both workers' logs can be joined. The same one
    /// for each delivery of the job.
    pub(crate) fn of_job(work: Work, facts: Facts) -> Self {
        let seed = format!("{}/{}/{}", work.stream(), facts.stream_sequence, facts.published);
        let digest = Sha256Hex::of(seed.as_bytes());
        let ids = digest.as_str().get(..32).zip(digest.as_str().get(32..48));
        // Flag 00: nobody keeps it.
        Self { traceparent: ids.map(|(trace, parent)| format!("00-{trace}-{parent}-00")), tracestate: None }
    }

    /// The trace's id, 32 hex digits.
    pub fn id(&self) -> Option<&str> {
        self.traceparent.as_deref()?.split('-').nth(1)
    }

    /// Reads the headers. A malformed traceparent is dropped, as the standard asks, and the state with it.
    pub fn read(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
        let traceparent = text(HEADER_TRACEPARENT).filter(|parent| is_traceparent(parent));
        let tracestate = traceparent.as_ref().and_then(|_| text(HEADER_TRACESTATE));
        Self { traceparent, tracestate }
    }

    /// Adds the headers to a message that follows from this one.
    pub fn write(&self, headers: &mut HeaderMap) {
        let pairs = [(HEADER_TRACEPARENT, &self.traceparent), (HEADER_TRACESTATE, &self.tracestate)];
        for (name, value) in pairs {
            if let Some(value) = value {
                headers.insert(name, value.as_str());
            }
        }
    }
}

/// Version, trace id, parent id and flags in lower-case hex, ids not all zero.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, parent, flags] = parts.as_slice() else { return false };
    let hex = |part: &str, digits: usize| {
        part.len() == digits && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let id = |part: &str, digits| hex(part, digits) && part.bytes().any(|byte| byte != b'0');
    hex(version, 2) && *version != "ff" && id(trace, 32) && id(parent, 16) && hex(flags, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(subject: &str, headers: &[(&str, &str)]) -> Delivery {
        let headers =
            headers.iter().map(|&(name, value)| (name, value)).fold(HeaderMap::new(), |mut map, pair| {
                map.insert(pair.0, pair.1);
                map
            });
        let facts = Facts { stream_sequence: 7, delivered: 2, published: Timestamp::UNIX_EPOCH };
        Delivery::new(Work::Process, Lane::Priority, subject, headers, Bytes::new(), facts)
    }

    #[test]
    fn subjects_are_taken_apart_and_bad_ones_named() {
        let check = |subject: &str, lane: Lane, collection: Option<&str>, good: bool| {
            let delivery = delivery(subject, &[]);
            assert_eq!(delivery.subject.lane, lane, "{subject}");
            assert_eq!(delivery.subject.collection.as_ref().map(|id| id.as_str()), collection, "{subject}");
            assert_eq!(delivery.subject_problem.is_none(), good, "{subject}");
        };
        check("docmill.jobs.process.bulk.q3", Lane::Bulk, Some("q3"), true);
        check("docmill.jobs.process", Lane::Bulk, None, true);
        check("docmill.jobs.process.priority.ä", Lane::Priority, None, false);
    }

    #[test]
    fn replay_ordinals_are_numbers() {
        let check = |value: &str, expected| {
            assert_eq!(delivery("docmill.jobs.process", &[("Docmill-Replay", value)]).replay, expected);
        };
        check("3", Some(3));
        check("-1", None);
        check("again", None);
        assert_eq!(delivery("docmill.jobs.process", &[]).replay, None);
    }

    #[test]
    fn trace_context_is_carried_or_dropped_whole() {
        const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let check = |traceparent: &str, good: bool| {
            let trace =
                delivery("docmill.jobs.process", &[("traceparent", traceparent), ("tracestate", "a=1")])
                    .trace;
            let mut headers = HeaderMap::new();
            trace.write(&mut headers);
            assert_eq!(headers.get("traceparent").map(|value| value.as_str()), good.then_some(traceparent));
            assert_eq!(headers.get("tracestate").map(|value| value.as_str()), good.then_some("a=1"));
        };
        check(GOOD, true);
        check(&GOOD.to_uppercase(), false);
        check("00-00000000000000000000000000000000-b7ad6b7169203331-01", false);
        check("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false);
        check("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false);
        check("", false);
    }
}
