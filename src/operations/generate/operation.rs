//! The recorded form of [`generate`](super::generate).

use serde_json::{Map, Value};

use crate::error::{CommandError, Error, Result};
use crate::operations::operation::{Operation, OperationContext, Target, parameters};
use crate::operations::summary::events;
use crate::operations::{Phase, Summary, Watch};
use crate::text::counted;

use super::{GenerateOptions, Generated, generate};

/// A generation of load data in new spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generate {
    /// The number of new spaces.
    pub spaces: u32,
    /// The total number of events.
    pub events: u64,
    /// The name of the spaces' app.
    pub app: String,
    /// The seed.
    pub seed: u64,
}

impl Operation for Generate {
    type Done = Generated;
    type Error = Error;

    fn name(&self) -> &'static str {
        "generate"
    }

    fn parameters(&self) -> Map<String, Value> {
        let Self { spaces, events, app, seed } = self;
        parameters([
            ("spaces", (*spaces).into()),
            ("events", (*events).into()),
            ("app", app.as_str().into()),
            ("seed", (*seed).into()),
        ])
    }

    fn needs_app(&self) -> bool {
        true
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        "the events generated so far are kept"
    }

    fn perform(
        &mut self,
        _target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Generated> {
        let Self { spaces, events, app: name, seed } = self;
        let app = context.apps.named(name).ok_or_else(|| CommandError::CannotGenerate {
            app: name.clone(),
            generated: 0,
            reason: "it is unknown".to_owned(),
        })?;
        let options = GenerateOptions { spaces: *spaces, events: *events, app, seed: *seed };
        generate(context.store, &options, watch)
    }

    fn summary(&self, done: &Generated) -> Summary {
        done.into()
    }
}

impl From<&Generated> for Summary {
    fn from(done: &Generated) -> Self {
        let spaces = counted(u64::from(done.spaces), "space", "spaces");
        Self::done(format!("{} in {spaces}", events(done.events)))
    }
}
