//! Models of what students know, from histories of answers.

pub mod attention;
pub mod batch;
pub mod bkt;
pub mod counts;
pub mod export;
pub mod figures;
pub mod fit;
pub mod follow;
pub mod followers;
pub mod generate;
pub mod histories;
pub mod intervals;
pub mod logistic;
pub mod mastery;
pub mod measure;
pub mod network;
pub mod options;
pub mod recipe;
pub mod recurrence;
pub mod report;
pub mod rollout;
pub mod run;
pub mod stepwise;
pub mod texts;
pub mod world;
