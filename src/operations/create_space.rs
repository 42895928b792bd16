//! Creating a space, with an entry in the audit log.

use serde_json::{Map, Value};

use crate::content_store::Apps;
use crate::content_store::Store;
use crate::error::{Error, Result};
use crate::json::Json;
use crate::space::{Space, SpaceMetadata};

use super::{Operation, OperationContext, Summary, Target, Watch, keep_going};

/// The name of the operation.
const NAME: &str = "create-space";

/// Creates a space and records who did so.
pub fn create_space(store: &Store, space_name: &str, metadata: Option<&SpaceMetadata>) -> Result<Space> {
    let apps = Apps::default();
    let context = OperationContext::new(store, &apps);
    CreateSpace { metadata }.run(Target::Name(space_name), context, &mut keep_going)
}

/// The creation of a space under the name of its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateSpace<'a> {
    /// Its metadata.
    pub metadata: Option<&'a SpaceMetadata>,
}

impl Operation for CreateSpace<'_> {
    type Done = Space;
    type Error = Error;

    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        self.metadata.map(|metadata| ("metadata".to_owned(), recorded_form(metadata))).into_iter().collect()
    }

    fn is_recorded_at_end(&self) -> bool {
        true
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        _watch: &mut Watch<'_>,
    ) -> Result<Space> {
        let (store, space_name) = (context.store, target.space_name().unwrap_or_default());
        store.events().create_space(space_name, self.metadata, store.clock().now())
    }

    fn summary(&self, done: &Space) -> Summary {
        Summary::done(format!("id {}", done.space_id)).made(done.space_id)
    }
}

/// Returns metadata as the audit log stores it: an object, or its text if an object would lose digits.
pub(super) fn recorded_form(metadata: &SpaceMetadata) -> Value {
    let text = || Value::from(metadata.as_str());
    let object = serde_json::from_str::<Value>(metadata.as_str()).ok();
    object.filter(|object| Json::of(object).as_str() == metadata.as_str()).unwrap_or_else(text)
}
