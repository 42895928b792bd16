//! The root of the console: its state, the table of actions, and how messages, keys and frames pass through it.

pub mod action;
pub mod availability;
pub mod bindings;
pub mod borders;
pub mod clipboard;
pub mod command_line;
pub mod context;
pub mod effect;
pub mod hints;
pub mod input;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod loading;
pub mod memory;
pub mod message;
pub mod motion;
pub mod opening;
pub mod pointer;
pub mod remedy;
pub mod shown_list;
pub mod state;
pub mod table;
pub mod update;
pub mod view;
pub mod window;
