//! Assembles the application.
