//! Figures: medians, percentiles, and the row that shows them beside their goal.

use std::fmt;

/// A sample of measurements.
#[derive(Debug, Clone)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    pub(crate) fn new(mut values: Vec<f64>) -> Sample {
        values.sort_by(f64::total_cmp);
        Sample(values)
    }

    pub(crate) fn median(&self) -> f64 {
        self.percentile(50.0)
    }

    /// The smallest value that at least this share of the sample does not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let rank = (percent / 100.0 * self.0.len() as f64).ceil() as usize;
        self.0[rank.clamp(1, self.0.len()) - 1]
    }
}

/// What a row has to reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// Shown for orientation.
    None,
}

/// One line of the answer.
pub(crate) struct Row {
    pub(crate) name: String,
    /// Sluice's figure with its unit.
    pub(crate) sluice: String,
    /// Node's, where there is one.
    pub(crate) node: String,
    /// The figure that the goal speaks of, with its unit.
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) goal: Goal,
}

impl Row {
    /// A ratio of two times: how many times faster Sluice is.
    pub(crate) fn faster(name: &str, sluice: &Sample, node: &Sample, goal: Goal) -> Row {
        let (ours, theirs) = (sluice.median(), node.median());
        let shown = |ms: f64| format!("{ms:.2} ms");
        let value = theirs / ours;
        Row { name: name.to_owned(), sluice: shown(ours), node: shown(theirs), value, unit: "× faster", goal }
    }

    pub(crate) fn misses(&self) -> bool {
        match self.goal {
            Goal::AtLeast(goal) => self.value < goal,
            Goal::AtMost(goal) => self.value > goal,
            Goal::None => false,
        }
    }

    pub(crate) fn heading() -> String {
        format!("{:<46} {:>14} {:>14} {:>18}   goal", "row", "Sluice", "Node", "figure")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { name, sluice, node, value, unit, .. } = self;
        let goal = match self.goal {
            Goal::AtLeast(goal) => format!("≥ {goal}"),
            Goal::AtMost(goal) => format!("≤ {goal}"),
            Goal::None => "–".to_owned(),
        };
        let verdict = match self.goal {
            Goal::None => "",
            _ if self.misses() => "  MISSED",
            _ => "  met",
        };
        write!(f, "{name:<46} {sluice:>14} {node:>14} {:>18}   {goal}{verdict}", format!("{value:.2} {unit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;

    #[test]
    fn percentiles_are_values_of_the_sample() {
        let sample = Sample::new((1..=20).rev().map(f64::from).collect());
        assert_eq!((sample.median(), sample.percentile(95.0), sample.percentile(100.0)), (10.0, 19.0, 20.0));
        assert_eq!(Sample::new(vec![7.0]).percentile(95.0), 7.0);
    }
}
