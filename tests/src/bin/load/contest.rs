//! docmill and its peer in turns, on the same PDFs, the same model and as much in flight.
//!
//! Each turn has a server of its own, so that neither finds what another has kept.

use std::time::Duration;

use docmill_contract::identity::CollectionId;
use docmill_contract::names;
use docmill_tests::site::{Failure, number};

use crate::fleet::{Site, end_all, peak_kib};
use crate::invoices::{self, Length};
use crate::outcomes;
use crate::rate::Rate;
use crate::{delayed, peer, tell};

/// What both are given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) documents: u64,
    pub(crate) in_flight: u64,
    pub(crate) delay: Duration,
    pub(crate) rounds: u32,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Docmill,
    Peer,
}

/// What a turn came to.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) who: Who,
    pub(crate) pages: u64,
    /// Verified records of docmill, valid ones of the peer.
    pub(crate) good: u64,
    /// What its processes have used.
    pub(crate) cpu: Duration,
    pub(crate) memory_kib: u64,
    pub(crate) rate: Option<Rate>,
    pub(crate) documents_per_cpu_second: f64,
}

/// All turns.
#[derive(Debug)]
pub(crate) struct Contest {
    pub(crate) terms: Terms,
    pub(crate) turns: Vec<Turn>,
}

impl Contest {
    /// How many times the peer's documents per CPU second docmill does, over all turns.
    pub(crate) fn speed_ratio(&self) -> f64 {
        self.cpu(Who::Peer).as_secs_f64() / self.cpu(Who::Docmill).as_secs_f64()
    }

    /// docmill's memory in parts of the peer's, at the most of any turn.
    pub(crate) fn memory_ratio(&self) -> f64 {
        let most = |who| self.of(who).map(|turn| turn.memory_kib).max().unwrap_or(0);
        number(most(Who::Docmill)) / number(most(Who::Peer))
    }

    fn cpu(&self, who: Who) -> Duration {
        self.of(who).map(|turn| turn.cpu).sum()
    }

    fn of(&self, who: Who) -> impl Iterator<Item = &Turn> {
        self.turns.iter().filter(move |turn| turn.who == who)
    }
}

/// Lets both take turns.
pub(crate) async fn measure(terms: Terms) -> Result<Contest, Failure> {
    let mut turns = Vec::new();
    for round in 1..=terms.rounds {
        for who in [Who::Docmill, Who::Peer] {
            tell(&format!("round {round}: {who:?}, {} documents of two pages", terms.documents));
            turns.push(Box::pin(turn(who, terms)).await?);
        }
    }
    Ok(Contest { terms, turns })
}

async fn turn(who: Who, terms: Terms) -> Result<Turn, Failure> {
    let site = Site::start(terms.delay).await?;
    let stored = invoices::store(&site.nats, Length::TwoPages, 1..=terms.documents).await?;
    let (stream, pages) = match who {
        Who::Docmill => (names::STREAM_OUTCOMES, "/source/pages_read"),
        Who::Peer => (peer::STREAM_OUTCOMES, "/pages"),
    };
    let worker = match who {
        Who::Docmill => {
            let collection: CollectionId = "contest".parse()?;
            invoices::submit(&site.nats, &collection, &stored).await?;
            delayed::worker(&site, terms.in_flight)?
        }
        Who::Peer => {
            peer::submit(&site, &stored).await?;
            peer::start(&site, terms.in_flight)?
        }
    };
    let mut workers = vec![worker];
    let samples = site.watch(&mut workers, &[], stream, terms.documents).await?;
    let cpu = end_all(workers).await?;
    let written = outcomes::read(&site.nats, stream, pages).await?;
    site.stop().await?;
    Ok(Turn {
        who,
        pages: written.pages,
        good: written.good,
        cpu,
        memory_kib: peak_kib(&samples),
        rate: Rate::of(&written.at, terms.in_flight, terms.delay),
        documents_per_cpu_second: number(terms.documents) / cpu.as_secs_f64(),
    })
}
