//! The gestures of the mouse, for the help.

/// Something that can be done with the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gesture {
    /// Its name.
    pub name: &'static str,
    /// Its effect, which names keys by their actions: `{key:open}`.
    pub effect: &'static str,
}

/// Every gesture, those that are needed most first, and the way to turn the mouse off.
pub const GESTURES: &[Gesture] = &[
    Gesture { name: "click", effect: "Select what is under the pointer, and give it the focus" },
    Gesture {
        name: "double click",
        effect: "Open the row, as {key:open} does; on a border, put it back to its place",
    },
    Gesture { name: "click on a hint", effect: "Run the action; so does a click on a row of this help" },
    Gesture { name: "click on a link", effect: "Follow it, as {key:follow-link} does; links are underlined" },
    Gesture { name: "click on a tab", effect: "Go to the pane" },
    Gesture {
        name: "click on a head",
        effect: "Sort the spaces by this column, and with a second click in reverse, as {key:sort} does",
    },
    Gesture { name: "click outside", effect: "Close a box, unless something that was typed would be lost" },
    Gesture { name: "wheel", effect: "Scroll what is under the pointer; the focus stays where it is" },
    Gesture { name: "drag", effect: "Move a border or a scroll bar" },
    Gesture { name: "drag on the bar", effect: "Go to that event of the past; so does a click" },
    Gesture { name: "Shift", effect: "Hold it down to select text with the terminal" },
    Gesture { name: "mouse = false", effect: "This setting leaves the mouse to the terminal" },
];

/// The only one if the mouse is left to the terminal.
pub const NONE: [Gesture; 1] =
    [Gesture { name: "mouse = false", effect: "This setting is on: the mouse is left to the terminal" }];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::app::bindings::Bindings;

    #[test]
    fn every_gesture_has_a_name_of_its_own_and_names_keys_that_exist() {
        let bindings = Bindings::default();
        for (index, gesture) in GESTURES.iter().enumerate() {
            assert!(!bindings.with_keys(gesture.effect).contains('{'), "{}", gesture.effect);
            assert!(GESTURES[..index].iter().all(|other| other.name != gesture.name), "{}", gesture.name);
        }
    }
}
