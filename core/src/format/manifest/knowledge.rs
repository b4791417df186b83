//! The knowledge model of a manifest: what it knows about questions and skills.

use serde::Serialize;
use serde_json::Value;

use super::Metric;
use super::fields::{Field, Fields, Read, deserialized_by_fields};

/// A model of what a student knows, which reads the student's answers one after the other.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Knowledge {
    /// Length of the vector of an answer.
    pub embedding: usize,
    /// Units of the LSTM.
    pub hidden: usize,
    /// Units of the layer that reads counts of right and wrong answers; 0 for a model that reads none.
    #[serde(skip_serializing_if = "is_zero")]
    pub counts: usize,
    /// The skills, in the order of the rows of the mastery layer.
    pub skills: Vec<Skill>,
    /// The questions, in the order of the rows of the output layer.
    pub questions: Vec<Question>,
    /// What was measured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
}

/// A skill that questions ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Skill {
    /// Its name for programs.
    pub id: String,
    /// Its name for people; empty where the id will do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// A question that the model has seen answers to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Question {
    /// Its name for programs.
    pub id: String,
    /// Places of the skills that it asks for, ascending.
    pub skills: Vec<usize>,
    /// Share of wrong answers among the training answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difficulty: Option<f32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Field for Knowledge {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            embedding: fields.required("embedding")?,
            hidden: fields.required("hidden")?,
            counts: fields.or_default("counts")?,
            skills: fields.required("skills")?,
            questions: fields.required("questions")?,
            metrics: fields.or_default("metrics")?,
        })
    }
}

impl Field for Skill {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self { id: fields.required("id")?, name: fields.or_default("name")? })
    }
}

impl Field for Question {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            id: fields.required("id")?,
            skills: fields.required("skills")?,
            difficulty: fields.optional("difficulty")?,
        })
    }
}

deserialized_by_fields!(Knowledge, Skill, Question);
