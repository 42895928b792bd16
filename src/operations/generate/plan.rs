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

/// A kind of entity.
struct Kind {
    /// The name of the field that holds its id.
    name: &'static str,
    /// The command that creates one.
    maker: usize,
    /// Its name in references, if a command refers to it.
    entity: Option<&'static str>,
}

impl Kind {
    fn is_entity(&self, entity: &str) -> bool {
        self.entity.map_or_else(|| self.name.strip_suffix("_id") == Some(entity), |own| own == entity)
    }
}

/// Returns the field that names the entity of a command: the first one, if ids have such a kind.
fn id_of(spec: &'static CommandSpec) -> Option<&'static FieldSpec> {
    let is_id = |kind| {
        let is_value = matches!(kind, FieldKind::Choice(_) | FieldKind::Boolean | FieldKind::Json);
        !is_value && !matches!(kind, FieldKind::Text | FieldKind::Secret)
    };
    spec.fields.first().filter(|field| is_id(field.kind))
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
    failures: u32,
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
    /// Derives a plan from the declarations: commands with the same first field concern one kind of entity, and this
    /// field, or a reference to this kind, refers to such an entity wherever else it occurs. The first of the commands
    /// whose first field is not a reference creates the entity.
    pub(super) fn new(commands: &'static [CommandSpec]) -> Self {
        let mut kinds: Vec<Kind> = Vec::new();
        for (index, spec) in commands.iter().enumerate() {
            let Some(id) = id_of(spec) else { continue };
            match kinds.iter_mut().find(|kind| kind.name == id.name) {
                None => kinds.push(Kind { name: id.name, maker: index, entity: id.entity() }),
                Some(kind) if kind.entity.is_none() => kind.entity = id.entity(),
                Some(kind) if commands[kind.maker].fields[0].entity().is_some() && id.entity().is_none() => {
                    kind.maker = index;
                }
                Some(_) => {}
            }
        }
        let step = |(index, spec): (usize, &'static CommandSpec)| {
            let kind = id_of(spec).and_then(|id| kinds.iter().position(|kind| kind.name == id.name));
            Step {
                spec,
                kind,
                makes: kind.is_some_and(|kind| kinds[kind].maker == index),
                weight: DEPENDENTS,
                fields: Vec::new(),
                most_events: 1,
                was_accepted: false,
                failures: 0,
                reason: String::new(),
            }
        };
        let mut steps: Vec<Step> = commands.iter().enumerate().map(step).collect();
        for step in &mut steps {
            let refers_to = |field: &FieldSpec| {
                let named = kinds.iter().position(|kind| kind.name == field.name);
                let entity = field.entity();
                named.or_else(|| {
                    kinds.iter().position(|kind| entity.is_some_and(|entity| kind.is_entity(entity)))
                })
            };
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
        step.failed(error.to_string());
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
        self.failures >= PATIENCE
    }

    pub(super) fn accepted(&mut self, events: u64) {
        self.most_events = self.most_events.max(events);
        self.was_accepted = true;
        self.failures = 0;
    }

    pub(super) fn failed(&mut self, reason: String) {
        self.failures += 1;
        self.reason = reason;
    }
}
