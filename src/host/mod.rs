//! The machine around the program, as all clients see it: the shell, the terminal, and the files of the current user.

pub mod shell;
pub mod state_files;
pub mod terminal_write;
