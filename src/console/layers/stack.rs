//! The open layers, and finding one of them by its type.

use std::any::Any;

use crate::console::app::state::RequestId;
use crate::console::layers::help::Help;
use crate::console::layers::prompt::Prompt;
use crate::console::layers::{Layer, Place};

/// The open layers, topmost last.
#[derive(Debug, Default)]
pub struct Layers(Vec<Box<dyn Layer>>);

impl Layers {
    /// Returns true if no layer is open.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of open layers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the topmost layer if it has this type.
    pub fn top_as<T: Any>(&self) -> Option<&T> {
        self.0.last().and_then(|layer| cast(&**layer))
    }

    /// Returns the topmost layer for changes if it has this type.
    pub fn top_as_mut<T: Any>(&mut self) -> Option<&mut T> {
        self.0.last_mut().and_then(|layer| cast_mut(&mut **layer))
    }

    pub(crate) fn top(&self) -> Option<&dyn Layer> {
        self.0.last().map(|layer| &**layer)
    }

    pub(crate) fn top_mut(&mut self) -> Option<&mut (dyn Layer + 'static)> {
        self.0.last_mut().map(|layer| &mut **layer)
    }

    /// Returns the topmost layer below the help, which describes it.
    pub(crate) fn below_help(&self) -> Option<&dyn Layer> {
        self.iter().rfind(|layer| !is::<Help>(*layer))
    }

    /// Returns the topmost layer below the help, if it has this type.
    pub(crate) fn shown<T: Any>(&self) -> Option<&T> {
        self.below_help().and_then(cast)
    }

    /// Returns the topmost layer below the prompt, which is about it.
    pub(crate) fn below_prompt(&self) -> Option<&dyn Layer> {
        self.iter().rfind(|layer| !is::<Prompt>(*layer))
    }

    /// Returns the topmost layer in place of the list.
    pub(crate) fn list_mut(&mut self) -> Option<&mut (dyn Layer + 'static)> {
        self.0.iter_mut().map(|layer| &mut **layer).rfind(|layer| layer.place() == Place::List)
    }

    pub(crate) fn below_prompt_mut(&mut self) -> Option<&mut (dyn Layer + 'static)> {
        self.0.iter_mut().map(|layer| &mut **layer).rfind(|layer| !is::<Prompt>(*layer))
    }

    /// Returns the topmost layer of this type.
    pub fn find<T: Any>(&self) -> Option<&T> {
        self.iter().rev().find_map(cast)
    }

    /// Returns true if a layer is open behind which nothing is drawn.
    pub(crate) fn are_alone(&self) -> bool {
        self.iter().any(Layer::is_alone)
    }

    /// Returns the layers of this type, topmost last.
    pub(crate) fn each_mut<T: Any>(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.0.iter_mut().filter_map(|layer| cast_mut(&mut **layer))
    }

    /// Returns the layers above the topmost one in place of the list, or all layers if there is none.
    pub(crate) fn above_list(&self) -> impl DoubleEndedIterator<Item = &dyn Layer> {
        let index = self.iter().rposition(|layer| layer.place() == Place::List);
        self.iter().skip(index.map_or(0, |index| index + 1))
    }

    /// Returns the questions of all layers that are not answered yet.
    pub(crate) fn asked(&self) -> Vec<RequestId> {
        self.iter().flat_map(Layer::asked).collect()
    }

    /// Returns the boxes that are on screen: those above the topmost layer that has a place among the panes, which a box below
    /// it would cover.
    pub(crate) fn boxes(&self) -> impl Iterator<Item = &dyn Layer> {
        let in_panes = |layer: &dyn Layer| matches!(layer.place(), Place::List | Place::Detail);
        let first = self.iter().rposition(in_panes).map_or(0, |index| index + 1);
        self.iter().skip(first).filter(|layer| layer.place() == Place::Box)
    }

    /// Returns the topmost layer that takes the whole body, and those above it.
    pub(crate) fn over_body(&self) -> Option<impl DoubleEndedIterator<Item = &dyn Layer>> {
        let index = self.iter().rposition(Layer::takes_body)?;
        Some(self.iter().skip(index))
    }

    /// Closes the lowest layer that takes the whole body, and those above it, if there is one.
    pub(crate) fn close_body(&mut self) {
        let index = self.iter().position(Layer::takes_body);
        self.0.truncate(index.unwrap_or(self.0.len()));
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &dyn Layer> + ExactSizeIterator {
        self.0.iter().map(|layer| &**layer)
    }

    pub(crate) fn push(&mut self, layer: impl Layer) {
        self.0.push(Box::new(layer));
    }

    pub(crate) fn push_boxed(&mut self, layer: Box<dyn Layer>) {
        self.0.push(layer);
    }

    /// Puts layers on top of the others.
    pub(crate) fn append(&mut self, above: Self) {
        self.0.extend(above.0);
    }

    pub(crate) fn pop(&mut self) -> Option<Box<dyn Layer>> {
        self.0.pop()
    }

    /// Closes the topmost layer if it has this type.
    pub(crate) fn pop_as<T: Any>(&mut self) -> Option<Box<dyn Layer>> {
        self.0.pop_if(|layer| is::<T>(&**layer))
    }

    /// Closes the layers above the topmost one of this type. Returns false if there is none.
    pub(crate) fn return_to<T: Any>(&mut self) -> bool {
        let index = self.iter().rposition(is::<T>);
        self.0.truncate(index.map_or(self.0.len(), |index| index + 1));
        index.is_some()
    }

    pub(crate) fn retain(&mut self, mut keeps: impl FnMut(&dyn Layer) -> bool) {
        self.0.retain(|layer| keeps(&**layer));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Returns true if a layer has this type.
pub(crate) fn is<T: Any>(layer: &dyn Layer) -> bool {
    cast::<T>(layer).is_some()
}

/// Returns a layer as this type, if it has it.
pub(crate) fn cast<T: Any>(layer: &dyn Layer) -> Option<&T> {
    let any: &dyn Any = layer;
    any.downcast_ref()
}

fn cast_mut<T: Any>(layer: &mut dyn Layer) -> Option<&mut T> {
    let any: &mut dyn Any = layer;
    any.downcast_mut()
}
