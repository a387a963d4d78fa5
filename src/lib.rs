//! Does this model know what it knows?
//!
//! `calib` reads prediction logs (answers, confidences, abstentions, ground truth) and says how well a model's
//! confidence matches its correctness, and whether it answers what it should decline or declines what it should
//! answer. Data takes one road, in one direction:
//!
//! ```text
//! bytes ──input──▶ records ──evidence──▶ counts ──metrics──▶ numbers ──report──▶ plain data ──render──▶ text, JSON
//! ```
//!
//! A step knows the ones before it and nothing after: a metric never prints, a renderer never opens a file.
//!
//! | room | what it is for |
//! |---|---|
//! | [`evidence`] | mergeable counts of validated [`record`]s |
//! | [`maths`] | numbers without domain words |
//! | [`inference`] | intervals, null distributions and posterior draws |
//! | [`metrics`] | every figure, with its documentation, in one registry |
//! | [`objectives`] | what the figures say about how a model was trained |
//! | [`report`] | the result as plain, versioned data |
//! | [`settings`] | the choices numbers depend on, with their defaults |

pub mod evidence;
pub mod inference;
pub mod maths;
pub mod metrics;
pub mod objectives;
pub mod record;
pub mod report;
pub mod settings;
