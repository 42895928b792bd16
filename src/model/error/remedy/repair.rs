//! The remedies that repair the findings of checks and verifications.

use crate::error::Advice;

use super::Remedy;

impl Remedy {
    /// Every operation that repairs a finding.
    pub const OF_FINDINGS: [Self; 18] = [
        Self::Check { deep: false, repair: true },
        Self::Check { deep: true, repair: true },
        Self::Rebuild { skip_errors: false },
        Self::Rebuild { skip_errors: true },
        Self::RebuildProjection { skip_errors: false, projection: String::new() },
        Self::RebuildProjection { skip_errors: true, projection: String::new() },
        Self::RemoveProjection { projection: String::new() },
        Self::Delete { purge: false },
        Self::Import,
        Self::Redact { entity_id: String::new(), fields: Vec::new(), purge: false },
        Self::RemoveSubscription { name: String::new() },
        Self::RecountSubscription { name: String::new() },
        Self::ContinueSubscription { name: String::new() },
        Self::Transfer,
        Self::NewProjections,
        Self::LaterVersion,
        Self::ProgramWithApp { app: None },
        Self::Restore,
    ];

    /// Limits a rebuild of a space to the named projection if a later version of the program built another one, since a rebuild
    /// of all is then refused.
    #[must_use]
    pub(crate) fn beside_newer<'n>(
        self,
        projection: Option<&str>,
        newer: impl IntoIterator<Item = &'n str>,
    ) -> Self {
        let Self::Rebuild { skip_errors } = self else { return self };
        let (mut is_beside, mut is_newer) = (false, false);
        for name in newer {
            is_beside = true;
            is_newer |= projection == Some(name);
        }
        match projection {
            _ if !is_beside => Self::Rebuild { skip_errors },
            Some(name) if !is_newer => Self::RebuildProjection { skip_errors, projection: name.to_owned() },
            _ => Self::LaterVersion,
        }
    }

    /// Returns true for a rebuild that skips no event.
    pub(crate) fn is_rebuild_of_all_events(&self) -> bool {
        matches!(
            self,
            Self::Rebuild { skip_errors: false } | Self::RebuildProjection { skip_errors: false, .. }
        )
    }

    /// Returns the name of a repair, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Check { deep: false, repair: false } => "check",
            Self::Check { deep: true, repair: false } => "deep check",
            Self::Check { deep: false, repair: true } => "check with repair",
            Self::Check { deep: true, repair: true } => "deep check with repair",
            Self::Rebuild { skip_errors: false } => "rebuild",
            Self::Rebuild { skip_errors: true } => "rebuild that skips bad events",
            Self::RebuildProjection { skip_errors: false, .. } => "rebuild of one projection",
            Self::RebuildProjection { skip_errors: true, .. } => {
                "rebuild of one projection that skips bad events"
            }
            Self::RemoveProjection { .. } => "remove the projection",
            Self::RemoveSubscription { .. } => "remove the subscription",
            Self::RecountSubscription { .. } => "resume the subscription",
            Self::ContinueSubscription { .. } => "reset the subscription",
            Self::Transfer => "export and import",
            Self::NewProjections => "move away and rebuild",
            Self::LaterVersion => "later version",
            Self::ProgramWithApp { .. } => "program with its app",
            Self::ImportOriginal { .. } => "import",
            other => other.kind(),
        }
    }

    /// Says what to do about a finding.
    pub fn advice(&self) -> Advice {
        let step = Advice::default().remedy(self.clone());
        match self {
            Self::Check { repair: true, .. } => step.text(" derives it from existing data, unless said otherwise"),
            Self::Rebuild { skip_errors: false } => step.text(" rebuilds the projection from its events"),
            Self::RebuildProjection { skip_errors: false, .. } => {
                step.text(" rebuilds this projection from its events; another one needs the later version of the program that built it")
            }
            Self::LaterVersion => Advice::from(
                "use the later version of the program, which built the projection and can rebuild it; this one only reads it",
            ),
            Self::ProgramWithApp { app } => {
                let app = app.as_ref().map_or_else(|| "its app".to_owned(), |app| format!("the app {app}"));
                Advice::from(format!(
                    "use a program with {app}, which rebuilds the projection from its events; this one only reads it. \
                     Without such a program, export the space; "
                ))
                .remedy(Self::Delete { purge: false })
                .text(" then removes it")
            }
            Self::Rebuild { skip_errors: true } | Self::RebuildProjection { skip_errors: true, .. } => {
                step.text(" skips the events that cannot be applied, and loses what is stored because of them")
            }
            Self::RemoveProjection { .. } => {
                step.text(" removes a projection that the app does not declare; its events stay")
            }
            Self::Delete { .. } => step.text(" resumes the interrupted delete"),
            Self::Import => Advice::default()
                .remedy(Self::Delete { purge: false })
                .text(" removes the incomplete space; or import the file, or fork the origin, again"),
            Self::RemoveSubscription { .. } => step.text(
                " removes it with its positions; the program that declares it registers it again, at its start: if that is \
                     the beginning, all events are delivered again",
            ),
            Self::RecountSubscription { name } => step
                .text(
                    " keeps it as it is: it continues at its positions, and the program that declares it sets which events it \
                     delivers. If a parked event was changed or removed, the list of parked events lacks the one that it was, and \
                     no program tries that again. If a position was changed or removed, events are delivered again or skipped, and ",
                )
                .remedy(Self::ResetSubscription { name: name.clone() })
                .text(" chooses another one"),
            Self::ContinueSubscription { .. } => step.text(
                " continues after the last event of each space, and skips those that were not delivered. A reset to the \
                     beginning delivers all events again; only a backup has lost positions",
            ),
            Self::Redact { .. } => step.text(" finishes the interrupted redaction"),
            Self::Transfer => {
                step.text(" give the events new ids and lose nothing; use the new database from then on")
            }
            Self::NewProjections => Advice::from(
                "the events are in another file: stop every program that has the files open, move the projections file \
                     away with its -wal and -shm files, and ",
            )
            .remedy(Self::RebuildAll { files: None })
            .text(" creates it again"),
            Self::ImportOriginal { .. } => {
                step.text(" brings the events over, in order and with valid times, and builds the projections from them in a database of this program")
            }
            Self::Restore => Advice::from(
                "events or pages are damaged or lost, and no rebuild restores them: work on a copy, and use the last good \
                     backup",
            ),
            _ => step,
        }
    }
}
