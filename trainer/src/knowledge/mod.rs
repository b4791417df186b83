//! Models of what students know, from histories of answers.

pub mod batch;
pub mod figures;
pub mod fit;
pub mod histories;
pub mod network;
pub mod recurrence;
