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
//! | [`chart`] | data as shapes, shapes as terminal cells |
//! | [`evidence`] | mergeable counts of validated [`record`]s |
//! | [`maths`] | numbers without domain words |
//! | [`render`] | the report as text and JSON |
//! | [`report`] | the result as plain, versioned data |
//! | [`settings`] | the choices numbers depend on, with their defaults |

pub mod chart;
pub mod evidence;
pub mod maths;
pub mod record;
pub mod render;
pub mod report;
pub mod settings;
