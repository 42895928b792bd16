//! Statistics as metrics, in the text exposition format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::operations::{FileStats, KeysByPrefix, ProjectionStatus, SpaceStats};
use crate::text::visible;

/// A metric. Its samples stand together, after its description.
#[derive(Debug, Clone, Copy)]
enum Metric {
    Spaces,
    StorageBytes,
    SpaceEvents,
    SpacePayloadBytes,
    SpaceLastEvent,
    SpaceEventsByType,
    SpaceTypesRead,
    ProjectionKeys,
    ProjectionLagEvents,
    ProjectionLagSeconds,
    ProjectionStatus,
    ProjectionKeysByPrefix,
}

impl Metric {
    const ALL: [Self; 12] = [
        Self::Spaces,
        Self::StorageBytes,
        Self::SpaceEvents,
        Self::SpacePayloadBytes,
        Self::SpaceLastEvent,
        Self::SpaceEventsByType,
        Self::SpaceTypesRead,
        Self::ProjectionKeys,
        Self::ProjectionLagEvents,
        Self::ProjectionLagSeconds,
        Self::ProjectionStatus,
        Self::ProjectionKeysByPrefix,
    ];

    /// Returns its name, its type and its description.
    fn description(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Spaces => ("ramax_spaces", "gauge", "Number of spaces in the database."),
            Self::StorageBytes => ("ramax_storage_bytes", "gauge", "Size of the database files on disk."),
            Self::SpaceEvents => {
                ("ramax_space_events_total", "counter", "Number of events ever appended to the space.")
            }
            Self::SpacePayloadBytes => {
                ("ramax_space_payload_bytes", "gauge", "Size of all payloads of the space.")
            }
            Self::SpaceLastEvent => (
                "ramax_space_last_event_timestamp_seconds",
                "gauge",
                "Time of the last event of the space, in seconds since 1970.",
            ),
            Self::SpaceEventsByType => (
                "ramax_space_events_by_type",
                "gauge",
                "Number of events of the type, an estimate if ramax_space_types_read_ratio is less than 1.",
            ),
            Self::SpaceTypesRead => (
                "ramax_space_types_read_ratio",
                "gauge",
                "Share of the events of the space that were read to count their types.",
            ),
            Self::ProjectionKeys => ("ramax_projection_keys", "gauge", "Number of keys of the projection."),
            Self::ProjectionLagEvents => (
                "ramax_projection_lag_events",
                "gauge",
                "Number of events that the projection does not contain yet.",
            ),
            Self::ProjectionLagSeconds => (
                "ramax_projection_lag_seconds",
                "gauge",
                "Time between the last event of the projection and the last event of the space.",
            ),
            Self::ProjectionStatus => {
                ("ramax_projection_status", "gauge", "1 for the current status of the projection.")
            }
            Self::ProjectionKeysByPrefix => (
                "ramax_projection_keys_by_prefix",
                "gauge",
                "Number of keys with the text before the first colon, or at least so many in a large projection.",
            ),
        }
    }
}

/// The samples of each metric.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    samples: [String; Metric::ALL.len()],
}

impl Exposition {
    /// Adds the totals of a file.
    pub fn add_file(&mut self, totals: &FileStats) {
        self.add(Metric::Spaces, &[], &totals.spaces.to_string());
        if let Some(size) = totals.storage_bytes {
            self.add(Metric::StorageBytes, &[], &size.to_string());
        }
    }

    /// Adds a space with its projections.
    pub fn add_space(&mut self, stats: &SpaceStats) {
        let space_id = stats.overview.space.space_id.0.to_string();
        let labels = [("space_id", space_id.as_str()), ("space", &stats.overview.space.space_name)];
        self.add(Metric::SpaceEvents, &labels, &stats.events.to_string());
        self.add(Metric::SpacePayloadBytes, &labels, &stats.payload_bytes.to_string());
        if let Some(at) = stats.last_event_at {
            self.add(Metric::SpaceLastEvent, &labels, &seconds(at.0));
        }
        let [of_id, of_name] = labels;
        let types = stats.types.counts.iter().map(|count| (count.event_type.as_str(), count.events));
        for (event_type, events) in by_label(types) {
            let labels = [of_id, of_name, ("type", &event_type)];
            self.add(Metric::SpaceEventsByType, &labels, &events.to_string());
        }
        let read = if stats.types.exact { 1.0 } else { stats.types.read as f64 / stats.events as f64 };
        self.add(Metric::SpaceTypesRead, &labels, &read.min(1.0).to_string());
        for projection in &stats.projections {
            self.add_projection(&labels, projection);
        }
    }

    fn add_projection(&mut self, &[of_id, of_name]: &[(&str, &str); 2], stats: &KeysByPrefix) {
        let of_projection = ("projection", stats.projection.as_str());
        let labels = [of_id, of_name, of_projection];
        let status = stats.status.to_string();
        self.add(Metric::ProjectionStatus, &[of_id, of_name, of_projection, ("status", &status)], "1");
        // One that is ahead belongs to another log.
        if stats.status == ProjectionStatus::Ahead {
            return;
        }
        self.add(Metric::ProjectionKeys, &labels, &stats.keys.to_string());
        self.add(Metric::ProjectionLagEvents, &labels, &stats.lag.to_string());
        let lag = i64::try_from(stats.lag_millis).unwrap_or(i64::MAX);
        self.add(Metric::ProjectionLagSeconds, &labels, &seconds(lag));
        let prefixes =
            stats.counts.iter().map(|count| (count.prefix.as_deref().unwrap_or_default(), count.keys));
        for (prefix, keys) in by_label(prefixes) {
            let labels = [of_id, of_name, of_projection, ("prefix", &prefix)];
            self.add(Metric::ProjectionKeysByPrefix, &labels, &keys.to_string());
        }
    }

    fn add(&mut self, metric: Metric, labels: &[(&str, &str)], value: &str) {
        let samples = &mut self.samples[metric as usize];
        samples.push_str(metric.description().0);
        for (number, (name, text)) in labels.iter().enumerate() {
            samples.push(if number == 0 { '{' } else { ',' });
            let _ = write!(samples, "{name}=\"{}\"", escaped(text));
        }
        samples.push_str(if labels.is_empty() { " " } else { "} " });
        samples.push_str(value);
        samples.push('\n');
    }

    /// Returns the metrics that have samples.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (metric, samples) in Metric::ALL.into_iter().zip(&self.samples) {
            if !samples.is_empty() {
                let (name, kind, help) = metric.description();
                let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{samples}");
            }
        }
        text
    }
}

/// Adds up the numbers of names that look the same, because each set of labels may occur once.
fn by_label<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> BTreeMap<String, u64> {
    let mut by_label = BTreeMap::new();
    for (name, count) in counts {
        *by_label.entry(visible(name).into_owned()).or_default() += count;
    }
    by_label
}

/// Escapes the value of a label. Control characters are shown as pictures, so that the output is safe on a terminal.
fn escaped(text: &str) -> String {
    visible(text).replace('\\', "\\\\").replace('"', "\\\"")
}

/// Formats milliseconds as seconds.
fn seconds(millis: i64) -> String {
    let sign = if millis < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", millis.unsigned_abs() / 1000, millis.unsigned_abs() % 1000)
}
