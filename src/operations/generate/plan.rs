//! Choosing an app's commands, based on their declarations and on what the app rejects.

use crate::content_store::{CommandSpec, FieldKind, FieldSpec};
use crate::error::Error;

use super::GivenUp;
use super::values::Form;

/// The number of fruitless attempts in a row after which a command is given up.
const PATIENCE: u32 = 100;

/// Commands per batch until it is known which values the app accepts.
pub(super) const PROBE: u64 = 16;

/// The number of referring or unreferenced entities for each entity that is referred to.
const DEPENDENTS: u32 = 9;

/// The commands of an app.
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// The form of the ids of each kind of entity.
    pub(super) id_forms: Vec<Form>,
    /// The number of commands tried.
    pub(super) tried: u64,
}

/// A command and its results so far.
pub(super) struct Step {
    pub(super) spec: &'static CommandSpec,
    /// The kind of entity named by its first field.
    pub(super) kind: Option<usize>,
    /// True if it creates an entity: the first command with this kind does.
    pub(super) makes: bool,
    /// Its weight among the commands that create entities.
    pub(super) weight: u32,
    pub(super) fields: Vec<Field>,
    /// The most events that it produced at once.
    pub(super) most_events: u64,
    was_accepted: bool,
    in_vain: u32,
    reason: String,
}

/// A field of a command.
pub(super) struct Field {
    pub(super) spec: &'static FieldSpec,
    /// The kind of entity that it refers to.
    pub(super) refers_to: Option<usize>,
    /// The form in which its values are tried, unless it refers to an entity.
    pub(super) form: Form,
}

impl Plan {
    /// Derives a plan from the declarations: commands with the same first field concern one kind of entity,
    /// and this field refers to such an entity wherever else it occurs.
    pub(super) fn new(commands: &'static [CommandSpec]) -> Self {
        let mut kinds: Vec<&str> = Vec::new();
        let mut steps: Vec<Step> = Vec::new();
        for spec in commands {
            let id = spec.fields.first().filter(|field| !matches!(field.kind, FieldKind::Choice(_)));
            let kind = id.map(|id| kinds.iter().position(|kind| *kind == id.name));
            let makes = kind == Some(None);
            if let (true, Some(id)) = (makes, id) {
                kinds.push(id.name);
            }
            let kind = kind.map(|known| known.unwrap_or(kinds.len() - 1));
            steps.push(Step {
                spec,
                kind,
                makes,
                weight: DEPENDENTS,
                fields: Vec::new(),
                most_events: 1,
                was_accepted: false,
                in_vain: 0,
                reason: String::new(),
            });
        }
        for step in &mut steps {
            let refers_to = |field: &FieldSpec| kinds.iter().position(|kind| *kind == field.name);
            let field = |spec| Field { spec, refers_to: refers_to(spec), form: Form::default() };
            step.fields = step.spec.fields.iter().map(field).collect();
        }
        let makers = steps.iter().filter(|step| step.makes);
        let referred: Vec<usize> = makers.flat_map(Step::needs).collect();
        for step in steps.iter_mut().filter(|step| step.makes) {
            if step.kind.is_some_and(|kind| referred.contains(&kind)) {
                step.weight = 1;
            }
        }
        Self { steps, id_forms: vec![Form::default(); kinds.len()], tried: 0 }
    }

    /// Returns true while it is unknown which values some command accepts.
    pub(super) fn is_probing(&self) -> bool {
        self.steps.iter().any(|step| !step.was_accepted && !step.is_given_up())
    }

    /// Returns the most events that one command produced.
    pub(super) fn most_events(&self) -> u64 {
        self.steps.iter().map(|step| step.most_events).max().unwrap_or(1)
    }

    /// Returns the commands that were given up.
    pub(super) fn given_up(&self) -> Vec<GivenUp> {
        let given_up = self.steps.iter().filter(|step| step.is_given_up());
        given_up.map(|step| GivenUp { command: step.spec.name, reason: step.reason.clone() }).collect()
    }

    /// Explains why nothing more can be generated.
    pub(super) fn reason(&self) -> String {
        let each =
            self.given_up().into_iter().map(|GivenUp { command, reason }| format!("{command}: {reason}"));
        format!("{PATIENCE} times in a row it rejected {}", each.collect::<Vec<_>>().join("; "))
    }

    /// Notes a rejection. A value that the command never accepted is tried in another form.
    pub(super) fn rejected(&mut self, index: usize, error: &Error) {
        let step = &mut self.steps[index];
        step.led_to_nothing(error.to_string());
        let Error::Command(error) = error else { return };
        let field =
            step.fields.iter_mut().enumerate().find(|(_, field)| Some(field.spec.name) == error.field());
        let Some((at, field)) = field.filter(|_| !step.was_accepted) else { return };
        match field.refers_to {
            None => field.form = field.form.next(),
            Some(kind) if step.makes && at == 0 => self.id_forms[kind] = self.id_forms[kind].next(),
            Some(_) => {}
        }
    }
}

impl Step {
    /// Returns the kinds of which an entity must exist.
    pub(super) fn needs(&self) -> impl Iterator<Item = usize> {
        self.fields.iter().skip(usize::from(self.makes)).filter_map(|field| field.refers_to)
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.in_vain >= PATIENCE
    }

    pub(super) fn accepted(&mut self, events: u64) {
        self.most_events = self.most_events.max(events);
        self.was_accepted = true;
        self.in_vain = 0;
    }

    pub(super) fn led_to_nothing(&mut self, reason: String) {
        self.in_vain += 1;
        self.reason = reason;
    }
}
