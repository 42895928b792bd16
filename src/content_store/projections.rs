//! The projections that an app declares.

use std::fmt;
use std::sync::Arc;

use crate::error::CommandError;
use crate::event::Event;
use crate::pstate::{
    Compatibility, Definition, Entries, ProjectionId, STATE, Schema, WriteBack, is_projection_name,
};
use crate::space::SpaceId;

use super::app::{App, Applied};
use super::state::{State, StateError};
use super::upcasting::versions;

/// The declaration of a projection beside [`STATE`](crate::pstate::STATE). It is plain data, so that it can be a constant.
#[derive(Debug, Clone, Copy)]
pub struct ProjectionSpec {
    /// The name: lowercase letters, digits and underscores, beginning with a letter: `contacts_by_domain`.
    pub name: &'static str,
    /// A one-line description.
    pub summary: &'static str,
    /// The version of the handler. Raise it when the handler derives other values from the same events: a stored projection
    /// of a lower version is then outdated until it is rebuilt.
    pub version: u32,
    /// When the projection is updated.
    pub mode: ProjectionMode,
    /// The current form of its entities.
    pub schema: Schema,
    /// Handles an event, as [`App::apply`]. It only sees this projection.
    pub apply: fn(&mut State<'_>, &Event) -> Result<Applied, StateError>,
}

/// The time at which a projection is updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectionMode {
    /// In the transaction of the command.
    Inline,
    /// Later: by a runner, or before it is read.
    Async,
}

impl fmt::Display for ProjectionMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Inline => "inline",
            Self::Async => "async",
        })
    }
}

/// A projection of an app: [`STATE`](crate::pstate::STATE), or one that the app declares.
#[derive(Debug)]
pub struct DeclaredProjection {
    name: &'static str,
    mode: ProjectionMode,
    schema: Schema,
    /// `None` for the one that [`App::apply`] handles.
    spec: Option<&'static ProjectionSpec>,
    definition: Definition,
    definition_text: String,
    /// Values read in an old form that wait to be written back.
    write_back: Arc<WriteBack>,
}

impl DeclaredProjection {
    /// Returns the projections of an app, [`STATE`](crate::pstate::STATE) first.
    ///
    /// # Errors
    /// [`CommandError::InvalidProjection`] if the name of one is not allowed.
    pub fn all_of(app: &dyn App) -> Result<Vec<Self>, CommandError> {
        let specs = app.projections();
        let mut declared = Vec::with_capacity(1 + specs.len());
        let define = |version, schema| {
            Definition::new(version, schema).of_app(app.name()).with_events(versions(app.upcasters()))
        };
        let definition = define(app.state_version(), app.schema());
        declared.push(Self::new(STATE, ProjectionMode::Inline, app.schema(), None, definition));
        for spec in specs {
            if let Some(reason) = fault_of_name(spec.name, &declared) {
                let (app, name) = (app.name().to_owned(), spec.name);
                return Err(CommandError::InvalidProjection { app, name, reason });
            }
            let definition = define(spec.version, spec.schema);
            declared.push(Self::new(spec.name, spec.mode, spec.schema, Some(spec), definition));
        }
        Ok(declared)
    }

    fn new(
        name: &'static str,
        mode: ProjectionMode,
        schema: Schema,
        spec: Option<&'static ProjectionSpec>,
        definition: Definition,
    ) -> Self {
        let definition_text = definition.to_text();
        Self { name, mode, schema, spec, definition, definition_text, write_back: Arc::default() }
    }

    /// Returns its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the time at which it is updated.
    pub fn mode(&self) -> ProjectionMode {
        self.mode
    }

    /// Returns true if it is updated in the transaction of the command.
    pub fn is_inline(&self) -> bool {
        self.mode == ProjectionMode::Inline
    }

    /// Returns its schema.
    pub fn schema(&self) -> Schema {
        self.schema
    }

    /// Returns its version.
    pub fn version(&self) -> u32 {
        self.definition.version()
    }

    /// Returns its definition, as it is stored.
    pub fn definition(&self) -> &str {
        &self.definition_text
    }

    /// Compares it with the stored definition.
    pub fn compare(&self, stored: Option<&str>) -> Compatibility {
        self.definition.compare_text(&self.definition_text, stored)
    }

    /// Returns its id in a space.
    pub fn id(&self, space_id: SpaceId) -> ProjectionId<'static> {
        ProjectionId::new(space_id, self.name)
    }

    /// Returns a state of this projection over stored entries.
    pub fn state<'a>(&self, entries: impl Entries + 'a) -> State<'a> {
        State::new(self.schema, entries)
    }

    pub(super) fn write_back(&self) -> &Arc<WriteBack> {
        &self.write_back
    }

    /// Handles an event.
    pub(super) fn apply(
        &self,
        app: &dyn App,
        state: &mut State<'_>,
        event: &Event,
    ) -> Result<Applied, StateError> {
        match self.spec {
            None => app.apply(state, event),
            Some(spec) => (spec.apply)(state, event),
        }
    }
}

fn fault_of_name(name: &str, declared: &[DeclaredProjection]) -> Option<&'static str> {
    if !is_projection_name(name) {
        return Some(
            "has to consist of lowercase letters, digits and underscores, and to begin with a letter",
        );
    }
    match declared.iter().position(|other| other.name == name) {
        Some(0) => Some("is reserved for the projection that commands read"),
        Some(_) => Some("is declared twice"),
        None => None,
    }
}
