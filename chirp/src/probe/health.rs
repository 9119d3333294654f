//! Rise and fall: from findings to a state that does not flap.
//!
//! One lost probe must not move a continent, and one lucky probe must not bring it back: a target falls
//! after some failures in a row and rises after some successes in a row. The very first finding counts at
//! once, for there is nothing yet to protect. Until then there is no state, and nobody is sent there.

/// What a target is, as far as somebody outside can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It can serve users.
    Serving,
    /// It is well, and says that it must not serve users.
    Passive,
    /// It is well; an operator is taking it out.
    Draining,
    /// It cannot serve, or cannot be reached.
    Failing,
}

impl State {
    /// Whether the target says so of itself, and so is believed at once.
    fn is_statement(self) -> bool {
        matches!(self, Self::Passive | Self::Draining)
    }
}

/// How many findings in a row it takes; each at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thresholds {
    /// Failures that make a target unhealthy.
    pub(crate) to_unhealthy: u32,
    /// Successes that make it healthy again.
    pub(crate) to_healthy: u32,
}

/// Rise and fall of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Health {
    state: Option<State>,
    /// Findings in a row that speak against the state.
    against: u32,
}

impl Health {
    /// Takes in a finding; answers the new state if it changes.
    pub(crate) fn record(&mut self, found: State, thresholds: Thresholds) -> Option<State> {
        let needed = match self.state {
            None => 1,
            Some(state) if state == found => {
                self.against = 0;
                return None;
            }
            Some(_) if found.is_statement() => 1,
            Some(state) if state.is_statement() && found == State::Serving => 1,
            Some(State::Failing) => thresholds.to_healthy,
            Some(_) => thresholds.to_unhealthy,
        };
        self.against += 1;
        if self.against < needed {
            return None;
        }
        *self = Self { state: Some(found), against: 0 };
        self.state
    }

    /// The state; none before the first finding.
    pub(crate) fn state(self) -> Option<State> {
        self.state
    }

    /// Whether users may be sent there.
    pub(crate) fn is_serving(self) -> bool {
        self.state == Some(State::Serving)
    }
}
