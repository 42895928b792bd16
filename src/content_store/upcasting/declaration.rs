//! Checking the upcasters that an app declares.

use super::chain::{newest, next};
use super::{EventForm, Upcaster};

/// Returns the reason why these upcasters do not make a chain from each version of a type to a type of the app.
pub(in crate::content_store) fn check(upcasters: &[Upcaster], event_types: &[&str]) -> Result<(), String> {
    for (place, upcaster) in upcasters.iter().enumerate() {
        let from = upcaster.from;
        if from.version == 0 || upcaster.to.version == 0 {
            return Err(format!("the upcaster from {from} to {} has a version 0", upcaster.to));
        }
        if upcasters[..place].iter().any(|earlier| earlier.from == from) {
            return Err(format!("two upcasters read {from}"));
        }
        let end = end(upcasters, from).ok_or_else(|| format!("the upcasters of {from} lead back to it"))?;
        if !event_types.contains(&end.event_type) {
            return Err(format!(
                "the upcasters of {from} end at {end}, and the app has no events of that type"
            ));
        }
    }
    let forms = upcasters.iter().flat_map(|upcaster| [upcaster.from, upcaster.to]);
    for EventForm { event_type, .. } in forms {
        let newest = newest(upcasters, event_type).unwrap_or(1);
        for version in 1..newest {
            if next(upcasters, event_type, version).is_none() {
                return Err(format!("no upcaster reads {}", EventForm { event_type, version }));
            }
        }
    }
    Ok(())
}

/// Returns the last form of the chain that begins with this one. Returns `None` if the chain is a cycle.
fn end(upcasters: &[Upcaster], from: EventForm) -> Option<EventForm> {
    let mut form = from;
    for _ in 0..=upcasters.len() {
        match next(upcasters, form.event_type, form.version) {
            Some(step) => form = step.to,
            None => return Some(form),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(payload: &crate::Json) -> Result<crate::Json, crate::content_store::StateError> {
        Ok(payload.clone())
    }

    #[test]
    fn a_chain_to_a_type_of_the_app_is_accepted() {
        let chain = [
            Upcaster::rename("a", 1, "b", 1),
            Upcaster::new("b", 1, same),
            Upcaster::new("b", 2, same),
            Upcaster::rename("c", 1, "b", 3),
        ];
        assert_eq!(check(&chain, &["b"]), Ok(()));
        assert_eq!(check(&[], &[]), Ok(()));
    }

    #[test]
    fn cycles_gaps_duplicates_and_unknown_types_are_refused() {
        let refused = |chain: &[Upcaster]| check(chain, &["a", "b"]).unwrap_err();
        let cycle = [Upcaster::rename("a", 1, "b", 1), Upcaster::rename("b", 1, "a", 1)];
        assert_eq!(refused(&cycle), "the upcasters of a version 1 lead back to it");
        let gap = [Upcaster::new("a", 1, same), Upcaster::new("a", 3, same)];
        assert_eq!(refused(&gap), "no upcaster reads a version 2");
        assert_eq!(refused(&[Upcaster::new("a", 2, same)]), "no upcaster reads a version 1");
        assert_eq!(refused(&[Upcaster::rename("a", 1, "b", 2)]), "no upcaster reads b version 1");
        let twice = [Upcaster::new("a", 1, same), Upcaster::rename("a", 1, "b", 1)];
        assert_eq!(refused(&twice), "two upcasters read a version 1");
        let unknown = [Upcaster::rename("a", 1, "c", 1)];
        let reason =
            "the upcasters of a version 1 end at c version 1, and the app has no events of that type";
        assert_eq!(refused(&unknown), reason);
        assert!(refused(&[Upcaster::new("a", 0, same)]).contains("has a version 0"));
    }
}
