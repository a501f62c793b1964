//! `docmill submit`: lists PDFs in their collection, stores them, publishes a job for each, and where asked waits for what
//! comes of them.

mod accept;
mod list;
mod plan;
mod publish;

use docmill_contract::identity::CollectionId;
use docmill_contract::job::Vision;
use docmill_contract::outcome::Outcome;

use crate::arguments::{CommonArguments, SubmitArguments, VisionChoice};
use crate::cost;
use crate::error::CliError;
use crate::print::{Printer, Text};
use crate::results;
use crate::run::inputs;
use crate::run::watch::{Expected, Watch};
use crate::session::{self, Session};

pub(crate) use accept::{Accepted, accept};
pub(crate) use list::{Listing, list};
pub(crate) use plan::{Order, plan};
pub(crate) use publish::{Posting, publish, replay_ordinal};

/// The command.
///
/// # Errors
/// [`CliError`].
pub(crate) async fn submit(
    arguments: &SubmitArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let mut inputs = inputs::discover(&arguments.paths)?;
    if let Some(document) = &arguments.document {
        let [input] = inputs.as_mut_slice() else {
            return Err(CliError::Usage(format!(
                "--document names one document, but there are {} files: name a single file",
                inputs.len()
            )));
        };
        input.document = document.clone();
    }
    let session = session::open(common).await?;
    session.provision_missing().await?;
    let order = Order {
        collection: arguments.collection.clone(),
        lane: arguments.lane,
        profile: arguments.profile.clone(),
        pages: arguments.pages.clone(),
        vision: arguments.vision.into(),
        password_secret: arguments.password_secret.clone(),
        replay: None,
    };
    let planned = plan(&session, &order, &inputs, printer).await?;
    if !arguments.unlisted {
        let listing = if arguments.whole { Listing::Whole } else { Listing::Added };
        list(&session, &order.collection, &planned, listing).await?;
    }
    let accepted = accept(&session, &order, &planned, printer).await?;
    if arguments.wait {
        return wait(&session, &order.collection, &accepted, printer).await;
    }
    if printer.json {
        return Ok(printer.value(&accepted)?);
    }
    let rows = accepted.iter().map(|accepted| {
        vec![
            Text::plain(&accepted.name),
            Text::plain(&accepted.document),
            Text::plain(&accepted.profile),
            Text::number(accepted.bytes),
        ]
    });
    printer.table(&["file", "document", "profile", "bytes"], rows.collect())?;
    Printer::hint(format_args!(
        "{} accepted; see `docmill status {} --watch`",
        accepted.len(),
        order.collection
    ));
    Ok(())
}

async fn wait(
    session: &Session,
    collection: &CollectionId,
    accepted: &[Accepted],
    printer: Printer,
) -> Result<(), CliError> {
    let bar = printer.progress(accepted.len() as u64);
    let expected: Vec<Expected> = accepted.iter().map(Expected::of).collect();
    let watch = Watch::subscribe(session, collection).await?;
    let hint = format!("is a worker running? See `docmill status {collection}`");
    let outcomes = watch.until_settled(&expected, &bar, &hint).await?;
    bar.finish_and_clear();
    let outcomes: Vec<Outcome> = outcomes.into_iter().map(|kept| kept.value).collect();
    if printer.json {
        return Ok(printer.value(&outcomes)?);
    }
    results::documents(printer, &outcomes, None)?;
    printer.line(cost::total(outcomes.iter().map(|outcome| &outcome.usage)))?;
    Ok(())
}

impl From<VisionChoice> for Vision {
    fn from(choice: VisionChoice) -> Self {
        match choice {
            VisionChoice::Auto => Self::Auto,
            VisionChoice::Never => Self::Never,
            VisionChoice::Always => Self::Always,
        }
    }
}
