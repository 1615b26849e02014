//! What is wrong with a graph, with the place.
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    /// The annotation contributes nothing.
    Error,
}

/// One thing that is wrong, where, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub severity: Severity,
    pub pattern: Option<Uuid>,
    pub annotation: Option<Uuid>,
    pub node: Option<String>,
    pub port: Option<String>,
    pub message: String,
}
