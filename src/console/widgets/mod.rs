//! The building blocks of screens. They know text and roles, but not the state.

pub mod bar;
pub mod figures;
pub mod frame;
pub mod input;
pub mod json;
pub mod pen;
pub mod table;
pub mod text;
pub mod tree;

pub use bar as scroll;
pub use frame as message;
pub use json as diff;
pub use json as tint;
pub use table as column;
pub use text as keyed;
pub use text as middle;
pub use text as wrap;
