//! Promises about what an outage costs and whom it reaches.

use super::{Resolver, objective::Promised};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Field, Spanned, collections::ShortOr, values::Decimal},
    resolved::ObjectiveKind,
    text::objective::ObjectiveText,
};
use units::Share;

impl Resolver<'_, '_> {
    pub(super) fn outage_objective(
        &mut self,
        text: &ObjectiveText,
        promised: &Promised,
        span: Span,
    ) -> Option<ObjectiveKind> {
        if let Some(Spanned { value: uptime, .. }) = text.uptime.written() {
            let population = self.only_population(&uptime.population, promised);
            let min = *uptime.min.value()?;
            Some(ObjectiveKind::Uptime { min, window: uptime.window.value()?.0, population: population? })
        } else if let Some(Spanned { value: budget, .. }) = text.error_budget.written() {
            let population = self.only_population(&budget.population, promised);
            let target = self.budget_target(&budget.target)?;
            Some(ObjectiveKind::ErrorBudget { target, max: *budget.max.value()?, population: population? })
        } else if let Some(Spanned { value: burn, .. }) = text.burn_rate.written() {
            let population = self.only_population(&burn.population, promised);
            let (target, max) = (self.budget_target(&burn.target)?, self.above_zero(&burn.max)?);
            Some(ObjectiveKind::BurnRate { target, max, window: burn.window.value()?.0, population: population? })
        } else {
            self.fault_objective(text, promised, span)
        }
    }

    /// Promises that are about faults alone.
    fn fault_objective(&mut self, text: &ObjectiveText, promised: &Promised, span: Span) -> Option<ObjectiveKind> {
        if let Some(retries) = text.retry_amplification.written() {
            let (max, population) = match &retries.value {
                ShortOr::Short(max) => (max.0, None),
                ShortOr::Long(long) => {
                    let population = self.only_population(&long.population, promised);
                    (long.max.written()?.value.0, population?)
                }
            };
            if max < 1.0 {
                let message = format!("every request takes one attempt at least, so at most {max} can't be kept");
                let mistake = Mistake::new(Code::OutOfRange, retries.span, message);
                self.add(mistake.hint("write a number from 1 on, such as 1.5"));
            }
            Some(ObjectiveKind::RetryAmplification { max, population })
        } else if let Some(Spanned { value: is_metastable, span }) = text.metastable.written() {
            self.needs_faults("metastable", promised, *span);
            if *is_metastable {
                let mistake = Mistake::new(Code::OutOfRange, *span, "nobody promises to be metastable");
                self.add(mistake.hint("write metastable: false"));
            }
            Some(ObjectiveKind::NotMetastable)
        } else if let Some(detection) = text.detection_time.written() {
            self.needs_faults("detection_time", promised, span);
            let max = match &detection.value {
                ShortOr::Short(max) => max.0,
                ShortOr::Long(long) => long.max.value()?.0,
            };
            Some(ObjectiveKind::DetectionTime { max })
        } else if let Some(moved) = text.never_moved.written() {
            self.needs_a_reason_to_move("never_moved", promised, span);
            let max = match &moved.value {
                ShortOr::Short(max) => *max,
                ShortOr::Long(long) => *long.max.value()?,
            };
            Some(ObjectiveKind::NeverMoved { max })
        } else {
            let radius = text.blast_radius.written()?;
            self.needs_faults("blast_radius", promised, span);
            let max = match &radius.value {
                ShortOr::Short(max) => *max,
                ShortOr::Long(long) => *long.max.value()?,
            };
            Some(ObjectiveKind::BlastRadius { max })
        }
    }

    /// A share of successes that leaves an error budget.
    fn budget_target(&mut self, field: &Field<Share>) -> Option<Share> {
        let Spanned { value: target, span } = field.written()?;
        if *target == Share::WHOLE {
            let mistake = Mistake::new(Code::OutOfRange, *span, "a target of 100% leaves no error budget");
            self.add(mistake.hint("write a share below 100%, such as 99.9%"));
        }
        Some(*target)
    }

    fn above_zero(&mut self, field: &Field<Decimal>) -> Option<f64> {
        let Spanned { value: Decimal(number), span } = field.written()?;
        if *number <= 0.0 {
            let mistake = Mistake::new(Code::OutOfRange, *span, format!("{number} is not above 0"));
            self.add(mistake.hint("write a number above 0, such as 14.4"));
        }
        Some(*number)
    }
}
