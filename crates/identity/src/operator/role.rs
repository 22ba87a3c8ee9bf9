//! Who may what in the back office: one table, and nothing that is not in it.

/// What somebody's work is; decides what they may see and do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Looks at documents and at cases of lost accounts.
    Reviewer,
    /// Talks to people.
    Support,
    /// Watches for fraud, freezes and unfreezes.
    Risk,
    /// Keeps the books straight.
    Treasurer,
    /// Runs the staff; sees nobody's data.
    Admin,
}

macro_rules! powers {
    ($($(#[$doc:meta])* $name:ident = $code:literal: $($role:ident)|+;)*) => {
        /// Something that not everybody may.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Power { $($(#[$doc])* $name),* }

        impl Power {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// As shown in the contract.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }
        }

        impl Role {
            /// The whole table of who may what.
            pub const fn may(self, power: Power) -> bool {
                match power {
                    $(Power::$name => matches!(self, $(Self::$role)|+)),*
                }
            }
        }
    };
}

powers! {
    /// See one's own account and end one's own session.
    Work = "work": Reviewer | Support | Risk | Treasurer | Admin;
    /// See how the server is.
    SeeHealth = "see_health": Risk | Treasurer | Admin;
    /// Find a person by an exact identifier, masked.
    FindPeople = "find_people": Support | Risk | Treasurer;
    /// See a person's contacts, for a case.
    Unmask = "unmask": Support | Risk;
    /// Stop a person's money.
    Freeze = "freeze": Support | Risk;
    /// Stop a person's money because the law says so.
    FreezeByLaw = "freeze_by_law": Risk;
    /// Ask that a freeze of operators or of the law be lifted, and decide about others' wishes.
    Unfreeze = "unfreeze": Risk;
    /// Ask that a person's tier, and with it their limits, change, and decide about others' wishes.
    ChangeTier = "change_tier": Risk;
    /// Ask that the books be put right, and decide about others' wishes.
    Adjust = "adjust": Treasurer;
    /// Look at documents and decide about them.
    ReviewDocuments = "review_documents": Reviewer;
    /// Look at cases of lost accounts and decide about them.
    ReviewRecoveries = "review_recoveries": Reviewer | Risk;
    /// See what waits for a second operator.
    SeeRequests = "see_requests": Risk | Treasurer | Admin;
    /// Read the whole audit log.
    ReadAudit = "read_audit": Risk | Admin;
    /// Make accounts and end them, and change roles, the latter with a second one.
    RunStaff = "run_staff": Admin;
}

impl Power {
    /// Reads [`Power::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|power| power.code() == code)
    }
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::Reviewer,
        Self::Support,
        Self::Risk,
        Self::Treasurer,
        Self::Admin,
    ];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Reviewer => "reviewer",
            Self::Support => "support",
            Self::Risk => "risk",
            Self::Treasurer => "treasurer",
            Self::Admin => "admin",
        }
    }

    /// Reads [`Role::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(role));
        }
        for power in Power::ALL {
            assert_eq!(Power::from_code(power.code()), Some(*power));
        }
    }

    #[test]
    fn whoever_runs_the_staff_sees_nobody_and_moves_nothing() {
        let people = [
            Power::FindPeople,
            Power::Unmask,
            Power::Freeze,
            Power::Unfreeze,
            Power::ChangeTier,
            Power::Adjust,
            Power::ReviewDocuments,
            Power::ReviewRecoveries,
        ];
        assert!(people.iter().all(|power| !Role::Admin.may(*power)));
        let others = [Role::Reviewer, Role::Support, Role::Risk, Role::Treasurer];
        assert!(others.iter().all(|role| !role.may(Power::RunStaff)));
    }
}
