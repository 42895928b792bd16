//! Which commands of an app to run, learned from their declarations and from what the app rejects.

use crate::content_store::{CommandSpec, FieldKind, FieldSpec};
use crate::error::Error;

use super::GivenUp;
use super::values::Form;

/// A command that leads to nothing so many times in a row is given up.
const PATIENCE: u32 = 100;

/// Commands in one go while it is still open which values the app accepts.
pub(super) const PROBE: u64 = 16;

/// Entities that refer to others, or that none refer to, for each one that is referred to.
const DEPENDENTS: u32 = 9;

/// The commands of an app.
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// The form of the ids of each kind of entity.
    pub(super) id_forms: Vec<Form>,
    /// How many commands were tried.
    pub(super) tried: u64,
}

/// A command, and what came of it so far.
pub(super) struct Step {
    pub(super) spec: &'static CommandSpec,
    /// The kind of entity that its first field names.
    pub(super) kind: Option<usize>,
    /// Whether it makes an entity: the first command in which the kind occurs does.
    pub(super) makes: bool,
    /// How often it is picked, among those that make entities.
    pub(super) weight: u32,
    pub(super) fields: Vec<Field>,
    /// The most events that it led to.
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
    /// The form in which its values are tried, where it refers to none.
    pub(super) form: Form,
}

impl Plan {
    /// Learns from the declarations that commands with the same first field are about one kind of entity, and that
    /// this field refers to such an entity wherever else it occurs.
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

    /// Returns true if it is still open which values some command takes.
    pub(super) fn is_probing(&self) -> bool {
        self.steps.iter().any(|step| !step.was_accepted && !step.is_given_up())
    }

    /// The most events that one command led to.
    pub(super) fn most_events(&self) -> u64 {
        self.steps.iter().map(|step| step.most_events).max().unwrap_or(1)
    }

    /// The commands that were given up.
    pub(super) fn given_up(&self) -> Vec<GivenUp> {
        let given_up = self.steps.iter().filter(|step| step.is_given_up());
        given_up.map(|step| GivenUp { command: step.spec.name, reason: step.reason.clone() }).collect()
    }

    /// Why nothing more can be generated.
    pub(super) fn reason(&self) -> String {
        let each =
            self.given_up().into_iter().map(|GivenUp { command, reason }| format!("{command}: {reason}"));
        format!("{PATIENCE} times in a row it rejected {}", each.collect::<Vec<_>>().join("; "))
    }

    /// Takes note of a rejection. A value that the command never accepted is tried in another form.
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
    /// The kinds of which there has to be an entity.
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
