//! From pages to a record: plan, ask, look everything up, and ask once more where something is missing or contradicts
//! itself.
//!
//! Called by `job`. Who may ask how often is said in `docs/decisions/parts-and-second-questions.md`.

use std::sync::Arc;

use docmill_chassis::metrics::JobStage;
use docmill_extraction::{
    Answered, Chunk, Embedded, Examined, GroundContext, PROMPT_VERSION, Plan, PlanBudget, Record, Stage, Task,
};
use docmill_pdf::Document;

use crate::app::Processor;
use crate::ask::Subject;
use crate::draft::Draft;
use crate::error::JobError;
use crate::images::{IMAGES_MAX, PageImages};

impl Processor {
    /// Plans, asks, and makes a proven record of the answers and of what the document's own data says.
    pub(crate) async fn extract(
        &self,
        task: Arc<Task>,
        document: Arc<Document>,
        own: Embedded,
        images: PageImages<'_>,
        draft: &mut Draft,
    ) -> Result<Record, JobError> {
        let identity = self.asker.llm.identity();
        draft.engine.provider = Some(identity.provider);
        draft.engine.model = Some(identity.model);
        draft.engine.prompt = Some(PROMPT_VERSION.to_owned());
        let plan = self.plan(&document, &images).await?;
        let questions = task.questions(chunks(&plan, &images));
        let (pdf, collection) = (draft.pdf(), draft.collection());
        let subject = Subject { task: &task, images: &images, tally: &draft.tally, pdf, collection };
        let answers = self.stages.time(JobStage::Ask, self.asker.ask(questions, &subject)).await?;
        let own = Arc::new(own);
        let planned = (&document, &plan);
        let (mut examined, mut answers) = self.examine(&task, planned, &own, answers).await?;
        for stage in Stage::ALL {
            let (of_task, of_plan, of_record) = (Arc::clone(&task), Arc::clone(&plan), Arc::clone(&examined));
            let questions = self.cpu.run(move || of_record.questions(&of_task, &of_plan, stage)).await?;
            if questions.is_empty() {
                continue;
            }
            let more = self.stages.time(JobStage::Ask, self.asker.ask_again(questions, &subject)).await?;
            if !more.is_empty() {
                answers.extend(more);
                (examined, answers) = self.examine(&task, planned, &own, answers).await?;
            }
        }
        Ok(Arc::unwrap_or_clone(examined).record)
    }

    async fn plan(&self, document: &Arc<Document>, images: &PageImages<'_>) -> Result<Arc<Plan>, JobError> {
        let pages_max = if images.with_text { IMAGES_MAX } else { usize::MAX };
        let budget = PlanBudget { pages_max, ..self.settings.plan };
        let document = Arc::clone(document);
        Ok(Arc::new(self.cpu.run(move || Plan::new(&document, &budget)).await?))
    }

    async fn examine(
        &self,
        task: &Arc<Task>,
        (document, plan): (&Arc<Document>, &Arc<Plan>),
        own: &Arc<Embedded>,
        answers: Vec<Answered>,
    ) -> Result<(Arc<Examined>, Vec<Answered>), JobError> {
        let (task, own) = (Arc::clone(task), Arc::clone(own));
        let (document, plan) = (Arc::clone(document), Arc::clone(plan));
        let examine = move || {
            let examined =
                own.examine_planned(&task, (&document, &plan), &answers, &GroundContext::default());
            (Arc::new(examined), answers)
        };
        Ok(self.stages.time(JobStage::Ground, self.cpu.run(examine)).await?)
    }
}

/// What is asked about: the document's lines, and the pages that are images only, each few a question of their own.
fn chunks(plan: &Plan, images: &PageImages<'_>) -> Vec<Chunk> {
    let with_images = |chunk: Chunk| if images.with_text { chunk.with_images() } else { chunk };
    let of_text = plan.chunks().into_iter().map(with_images);
    let of_images = images.without_text.chunks(IMAGES_MAX).map(|pages| Chunk::of_images(pages.to_vec()));
    of_text.chain(of_images).collect()
}
