//! Tables as people and programs write them.

mod hostile;
mod lines;
mod recognised;
mod sheets;
mod support;
mod written;
