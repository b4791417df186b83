//! What a file or an answer may ask of the device; everything beyond is refused with
//! [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) before memory is taken for it.

use std::ops::RangeInclusive;

/// Bytes of a whole file: 256 MiB.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// Bytes of a signature: 8 KiB, of which minisign takes 300 and a comment.
pub const MAX_SIGNATURE_BYTES: u64 = 8 << 10;

/// Bytes of the container's header, which holds the manifest: 1 MiB.
pub const MAX_HEADER_BYTES: usize = 1 << 20;

/// Sections in a file.
pub const MAX_SECTIONS: usize = 65_536;

/// Tokenizers in a file.
pub const MAX_TOKENIZERS: usize = 256;

/// Encoders in a file.
pub const MAX_ENCODERS: usize = 1024;

/// Tasks in a file.
pub const MAX_TASKS: usize = 4096;

/// Graded answers that a promise rests on, or would need; single precision holds every number up to it.
pub const MAX_CALIBRATION_ANSWERS: usize = 1 << 24;

/// Cut points of a distribution of calibration answers.
pub const MAX_CUTS: usize = 16;

/// Members of a task, its own encoder and head among them.
pub const MAX_MEMBERS: usize = 16;

/// Labels or levels of one task.
pub const MAX_LABELS: usize = 1024;

/// Bytes of the name of a task, a tokenizer or an encoder.
pub const MAX_NAME_BYTES: usize = 128;

/// Bytes of one `tokenizer.json`: 16 MiB.
pub const MAX_TOKENIZER_BYTES: usize = 16 << 20;

/// Rows of an embedding.
pub const MAX_VOCAB: usize = 1 << 20;

/// Columns of an embedding.
pub const MAX_EMBEDDING: usize = 1024;

/// Units of one direction of an LSTM.
pub const MAX_HIDDEN: usize = crate::quant::MAX_HIDDEN;

/// Length of the vector of a token in a BERT encoder, and of what a mixture reads.
pub const MAX_WIDTH: usize = 2048;

/// Layers of a BERT encoder.
pub const MAX_LAYERS: usize = 48;

/// Attention heads of a layer.
pub const MAX_HEADS: usize = 64;

/// Units between the two dense layers that follow an attention.
pub const MAX_INTERMEDIATE: usize = 8192;

/// Rows of a position embedding.
pub const MAX_POSITIONS: usize = 4096;

/// Rows of a segment embedding.
pub const MAX_SEGMENTS: usize = 16;

/// What layer normalization may add to a variance.
pub const EPSILONS: RangeInclusive<f32> = 1e-12..=1.0;

/// Inputs of a graph of the ONNX format.
pub const MAX_GRAPH_INPUTS: usize = 3;

/// Bytes of such a graph: 128 MiB.
pub const MAX_GRAPH_BYTES: usize = 128 << 20;

/// Buckets that n-grams are hashed into; at least 2^8.
pub const MAX_BUCKETS: usize = 1 << 20;

/// Numbers that an n-gram encoder gives.
pub const MAX_UNITS: usize = 1024;

/// Mixtures in a file.
pub const MAX_MIXTURES: usize = 256;

/// Blocks of a mixture.
pub const MAX_BLOCKS: usize = 4;

/// Experts of a block; at least 2.
pub const MAX_EXPERTS: usize = 8;

/// Units of the hidden layer of an expert or of a gate.
pub const MAX_EXPERT_HIDDEN: usize = 8192;

/// Length of the embedding of a task.
pub const MAX_TASK_EMBEDDING: usize = 1024;

/// Units of the hidden layer of a head.
pub const MAX_HEAD_HIDDEN: usize = 4096;

/// Guards in a file.
pub const MAX_GUARDS: usize = 256;

/// Buckets of trigrams of characters in a guard.
pub const MAX_GUARD_BUCKETS: usize = 1 << 16;

/// Blocks of 64 bits of a filter in a guard: 512 KiB.
pub const MAX_GUARD_BLOCKS: usize = 1 << 16;

/// Classes of words in a guard.
pub const MAX_GUARD_CLASSES: usize = 256;

/// Slots of the table of classes in a guard.
pub const MAX_GUARD_SLOTS: usize = 1 << 16;

/// Buckets of the words of a task in a guard.
pub const MAX_GUARD_TOPIC: usize = 1 << 16;

/// Questions of a knowledge model.
pub const MAX_QUESTIONS: usize = 4096;

/// Skills of a knowledge model.
pub const MAX_SKILLS: usize = 256;

/// Units of a knowledge model's layer that reads counts of answers.
pub const MAX_COUNT_UNITS: usize = 256;

/// Bytes of a snapshot of a student's state, which follow from the dimensions of the knowledge model.
pub const MAX_SNAPSHOT_BYTES: usize = 1024;

/// Questions of one simulated sequence.
pub const MAX_SIMULATED: usize = 1 << 16;

/// Temperatures of a calibration.
pub const TEMPERATURES: RangeInclusive<f32> = 0.001..=1000.0;

/// Bytes that an open model may take in all, file, vocabularies, packed weights and folded tables together: 512 MiB.
pub const MAX_MEMORY_BYTES: u64 = 512 << 20;

/// Bytes of folded tables of all encoders together, even if the options allow more: 256 MiB.
pub const MAX_FOLD_BYTES: usize = 256 << 20;

/// Tokens of one input after the tokenizer has cut it.
pub const MAX_TOKENS: usize = 16_384;

/// Bytes of the intermediate values of all tokens of one input, which bounds the tokens of large encoders: 64 MiB.
pub const MAX_STATE_BYTES: usize = 64 << 20;

/// Words of an answer that [`explain`](crate::Scorer::explain) takes, since each costs one more pass.
pub const MAX_EXPLAINED_WORDS: usize = 1024;

/// Bytes of an answer or of a reference when the options name no other limit: 64 KiB.
pub const DEFAULT_ANSWER_BYTES: usize = 64 << 10;

/// Multiplications that one score may take when the options name no other limit: 2^40, some minutes of a tablet.
pub const DEFAULT_WORK: u64 = 1 << 40;

/// Bytes of folded tables of all encoders together when the options name no other limit: 16 MiB.
pub const DEFAULT_FOLD_BYTES: usize = 16 << 20;
