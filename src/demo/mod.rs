//! The built-in show: what is played when nothing was brought along.

pub mod score;
