//! `stop_guard`: limits that can be exceeded.

use super::Resolver;
use crate::{
    mistakes::{Code, Mistake},
    read::Placed as _,
    resolved::{ResponseLimit, StopGuard},
    text::{PlanText, stop_guard::ResponseLimitText},
};
use units::Share;

impl Resolver<'_, '_> {
    /// `Some(None)`: the plan has none.
    pub(super) fn stop_guard(&mut self, text: &PlanText) -> Option<Option<StopGuard>> {
        let Some(written) = text.stop_guard.written() else {
            return (!text.stop_guard.is_bad()).then_some(None);
        };
        let text = &written.value;
        if text.failed_max.is_absent() && text.response_time.is_absent() {
            let mistake =
                Mistake::new(Code::Missing, written.span, "a stop guard without a limit never stops anything");
            self.add(mistake.hint("add failed_max: 50%, or response_time: {percentile: 99, max: 10s}"));
        }
        let failed_max = text.failed_max.value().copied();
        if failed_max == Some(Share::WHOLE) {
            let span = text.failed_max.span_or(text.place());
            let mistake = Mistake::new(Code::OutOfRange, span, "more than all requests can't fail");
            self.add(mistake.hint("write a share below 100%, such as 50%"));
        }
        let response_time = match text.response_time.written() {
            Some(limit) => Some(self.response_limit(&limit.value)?),
            None => None,
        };
        let bad = text.failed_max.is_bad() || text.response_time.is_bad();
        (!bad).then_some(())?;
        Some(Some(StopGuard { failed_max, response_time, window: text.window.value()?.0 }))
    }

    fn response_limit(&mut self, text: &ResponseLimitText) -> Option<ResponseLimit> {
        let percentile = self.percentile(&text.percentile)?;
        Some(ResponseLimit { percentile, max: text.max.value()?.0 })
    }
}
