//! What the figures say about the objective a model was trained on.

pub mod direction;
pub mod flips;
