//! Going to a typed point of the past, a sequence or a time, and comparing two of them.

use crate::console::app::effect::Effects;
use crate::console::app::message::Answer;
use crate::console::app::past::{Ask, PastQuery};
use crate::console::app::state::{ConsoleState, ErrorText, Level};
use crate::console::app::trail;
use crate::console::app::update::Changed;
use crate::console::layers::compare;
use crate::console::layers::prompt::{self, EventPlace, InputError, place};
use crate::event::SpaceSequence;
use crate::operations::PointInTime;
use crate::text::grouped;

use super::{Finding, last, seek};

/// The text between two points that are compared.
const BETWEEN: &str = "..";

/// Goes to a typed sequence or time of the space whose past is shown, or compares two such as `20..40`. Returns true if it is
/// there; a time is looked for first, and the prompt stays open until it is found. `is_new` tells that the journey began for
/// this.
///
/// # Errors
/// Returns the reason if the text is none of these, or if there is no such event.
pub(crate) fn go_to(
    state: &mut ConsoleState,
    (text, is_new): (&str, bool),
    effects: &mut Effects,
) -> Result<bool, InputError> {
    let texts = text.split_once(BETWEEN).map_or_else(|| vec![text], |(one, other)| vec![one, other]);
    let points: Vec<PointInTime> = texts.iter().map(|text| point(state, text)).collect::<Result<_, _>>()?;
    let sequence = |point: &PointInTime| match point {
        PointInTime::Sequence(sequence) => Some(*sequence),
        PointInTime::Time(_) => None,
    };
    if let Some(sequences) = points.iter().map(sequence).collect::<Option<Vec<_>>>() {
        arrive(state, &sequences, is_new);
        return Ok(true);
    }
    let request = state.request();
    let Some(travel) = &mut state.travel else { return Ok(true) };
    travel.finding = Some(Finding { request, is_new });
    effects.push(PastQuery { request, replaces: None, space_id: travel.space_id, ask: Ask::Find { points } });
    Ok(false)
}

fn point(state: &ConsoleState, text: &str) -> Result<PointInTime, InputError> {
    match place(state, text)? {
        EventPlace::Number(number) if number > last(state).0 => {
            let message = format!("the last event is {}", grouped(last(state).0));
            Err(InputError { message, place: 0..text.len() })
        }
        EventPlace::Number(number) => Ok(PointInTime::Sequence(SpaceSequence(number))),
        EventPlace::Time(moment) => Ok(PointInTime::Time(moment)),
    }
}

/// Shows the space as of one sequence, or the differences between two. Going back from these leads to the place where they were
/// asked for: the present, if nothing else of the past was shown.
fn arrive(state: &mut ConsoleState, sequences: &[SpaceSequence], is_new: bool) {
    if let [one, other] = sequences {
        state.layers.clear();
        keep_place(state, is_new);
        seek(state, *other);
        compare::jump(state, (*one, *other));
    } else if let [at] = sequences {
        prompt::close_place(state);
        // A journey that began for this has shown no other point.
        if !is_new && state.travel.as_ref().is_some_and(|travel| travel.at != *at) {
            trail::keep(state);
        }
        seek(state, *at);
    }
}

/// Keeps the place where two points were typed.
fn keep_place(state: &mut ConsoleState, is_new: bool) {
    let Some(travel) = &state.travel else { return };
    let space_id = travel.space_id;
    if is_new || travel.is_unmoved() {
        super::leave(state);
        trail::keep(state);
        super::open(state, space_id);
    } else {
        trail::keep(state);
    }
}

/// Goes to the events that were found for typed times. If there are none, the prompt says why.
pub(crate) fn found(state: &mut ConsoleState, answer: Answer<Vec<SpaceSequence>, ErrorText>) -> Changed {
    let travel = state.travel.as_mut();
    let asked = |finding: &mut Finding| finding.request == answer.request;
    let Some(finding) = travel.and_then(|travel| travel.finding.take_if(asked)) else { return Changed::No };
    match answer.result {
        Ok(sequences) => {
            prompt::close_place(state);
            arrive(state, &sequences, finding.is_new);
        }
        Err(failure) => {
            if finding.is_new {
                super::leave(state);
            }
            if let Err(failure) = prompt::refuse_place(state, failure) {
                state.say(Level::Error, failure.message);
            }
        }
    }
    Changed::Yes
}
