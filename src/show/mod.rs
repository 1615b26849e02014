//! The engine in the world: parts of the show, the program they compile to, and the frame of this moment.

pub mod plugin;
