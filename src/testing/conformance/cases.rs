//! The list of cases, from which the tests and the table are made.

/// Expands to one test per case of the [conformance suite](crate::testing::conformance), in a module per suite, so that the
/// name of a failed test is the name of the case. The argument is an expression that creates a
/// [`Fixture`](crate::testing::conformance::Fixture); each test evaluates it once.
///
/// ```
/// mod my_engine {
///     use ramax::Store;
///     use ramax::testing::conformance::Fixture;
///
///     ramax::conformance!(Fixture::new(|| (Store::memory(), ())));
/// }
/// ```
#[macro_export]
macro_rules! conformance {
    ($fixture:expr) => {
        fn fixture() -> $crate::testing::conformance::Fixture {
            $fixture
        }

        $crate::conformance_cases!(conformance_tests);
    };
}

/// Expands to the tests of [`conformance!`](crate::conformance).
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($($suite:ident { $($case:ident,)* })*) => {$(
        mod $suite {$(
            #[test]
            fn $case() {
                $crate::testing::conformance::run(stringify!($suite), stringify!($case), &super::fixture());
            }
        )*}
    )*};
}

/// Expands to the table of cases.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_table {
    ($($suite:ident { $($case:ident,)* })*) => {
        /// The cases of every suite.
        pub const CASES: &[Case] = &[$($(
            Case { suite: stringify!($suite), name: stringify!($case), run: $suite::$case },
        )*)*];
    };
}

/// Passes the cases of every suite to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases {
    ($then:ident) => {
        $crate::$then! {
            event_store {
                a_space_is_created_once_and_found_again,
                space_names_must_not_be_empty_or_too_long,
                spaces_are_paged_by_id_in_both_directions,
                sequences_start_at_one_in_each_space_and_event_ids_rise_over_all,
                an_event_is_read_back_unchanged,
                metadata_is_read_back_byte_for_byte_and_covered_by_the_checksum,
                events_of_one_append_share_a_time_and_follow_each_other,
                an_append_meets_its_expectation_or_changes_nothing,
                a_missing_space_accepts_no_events,
                a_space_is_read_forward_and_backward_from_anywhere,
                an_entity_is_read_within_its_space_only,
                an_entity_with_thousands_of_events_is_read_completely_in_both_directions,
                the_global_stream_is_ordered_by_event_id,
                a_stream_reads_in_batches_and_yields_every_event_once,
                replay_shows_events_in_order_up_to_a_limit,
                a_failing_visitor_ends_the_replay_with_its_error,
                time_does_not_go_back_when_the_clock_does,
                causes_can_be_traced_back,
                event_types_are_listed_by_space,
                totals_and_heads_are_counted,
                idempotency_keys_are_remembered_by_space,
                a_deleted_space_is_gone_and_its_numbers_are_never_reused,
                a_space_being_deleted_accepts_no_events_and_exists_until_its_last_row_is_gone,
                hostile_text_is_read_back_unchanged,
            }
            reading {
                an_entity_of_a_deleted_space_is_an_empty_page,
                entities_are_listed_by_prefix_wherever_their_events_are,
                appends_of_many_threads_are_numbered_without_gaps,
            }
            causes {
                effects_are_found_in_all_spaces,
                effects_are_paged_in_both_directions,
                the_effects_of_a_deleted_space_are_gone,
                an_event_is_no_effect_of_a_later_one,
            }
            feed {
                every_event_of_all_spaces_is_streamed_once_in_batches_of_any_size,
                a_cursor_finds_exactly_what_was_appended_after_it,
                a_cursor_continues_as_text_in_another_process,
                a_cursor_of_another_store_or_copy_or_after_the_end_is_refused,
            }
            limits {
                a_payload_that_is_not_json_is_refused_and_nothing_is_stored,
                metadata_that_is_no_object_or_uses_reserved_names_is_refused_and_nothing_is_stored,
                empty_or_oversized_input_is_refused_and_nothing_is_stored,
                event_ids_stay_within_the_exact_integers_of_json,
                pages_of_large_events_reach_the_last_one,
            }
            units {
                a_unit_of_work_commits_its_whole_write_set,
                a_dropped_unit_of_work_leaves_nothing,
                a_panicking_unit_of_work_leaves_nothing_and_the_next_one_commits,
                a_refused_write_set_leaves_nothing,
                a_moved_checkpoint_refuses_the_write_set,
                a_second_unit_of_work_on_the_same_thread_is_refused,
                a_write_beside_a_unit_of_work_on_the_same_thread_is_refused,
                a_unit_of_work_on_a_closed_space_is_refused,
                a_group_commits_all_of_its_units_or_none,
                spaces_are_created_together_under_the_names_that_are_free,
            }
            redaction {
                a_redacted_event_replaces_the_stored_one_and_no_other_changes,
                a_redaction_erases_the_digests_of_its_keys_only,
                a_redaction_of_an_event_that_is_not_stored_leaves_nothing,
                a_redaction_is_counted_and_one_under_way_is_odd,
                a_redaction_forgets_the_errors_of_subscriptions_in_its_space,
            }
            copying {
                idempotency_keys_are_paged_in_byte_order_in_both_directions,
                a_store_has_a_unique_and_stable_id,
                an_imported_event_is_unchanged_and_keeps_its_id_if_that_is_free,
                ids_in_use_are_replaced_in_the_same_order,
                an_import_continues_the_log_or_changes_nothing,
                a_space_being_imported_accepts_nothing_else_until_it_is_opened,
                only_a_space_being_imported_accepts_an_import,
                a_cancelled_delete_leaves_the_space_unchanged,
                only_the_operation_that_set_a_mark_acts_on_it,
                a_mark_is_taken_over_only_if_it_is_unchanged,
                a_delete_cannot_be_cancelled_once_a_row_is_gone,
            }
            projections {
                a_value_is_written_read_overwritten_and_deleted,
                spaces_do_not_see_each_others_keys,
                a_scan_takes_its_prefix_literally,
                a_scan_is_paged_in_key_order_in_both_directions,
                several_keys_are_read_in_the_requested_order,
                several_changes_are_written_and_the_last_one_to_a_key_wins,
                a_projection_advances_only_from_its_checkpoint,
                keys_are_counted,
                changes_are_written_only_if_the_values_read_are_unchanged,
                a_conditional_write_is_all_or_nothing_and_names_the_changed_keys,
                a_conditional_write_to_a_deleted_space_leaves_nothing,
                a_shadow_is_invisible_until_it_is_activated,
                an_abandoned_shadow_changes_nothing,
                a_later_shadow_replaces_an_earlier_one,
                a_shadow_of_a_deleted_space_leaves_nothing,
                deleting_a_space_keeps_the_others,
            }
            content_store {
                contacts_are_added_updated_listed_and_counted,
                a_contact_is_added_once_and_must_exist_to_be_updated,
                an_update_keeps_omitted_fields_and_requires_at_least_one,
                articles_are_published_unpublished_and_published_again,
                invalid_article_commands_are_rejected,
                contacts_added_in_the_same_second_are_listed_by_id,
                the_same_id_in_two_tenants_holds_different_data,
                events_carry_the_same_payloads_as_the_original,
                a_usage_error_names_the_known_commands_and_fields,
                a_rejected_command_changes_nothing,
                a_command_meets_its_expected_sequence_or_reports_the_conflict,
                a_retried_command_returns_the_first_answer,
                commands_of_a_batch_see_each_other_and_rejections_do_not_stop_it,
                the_events_of_a_command_share_one_correlation_id,
                a_cause_must_exist,
                a_preview_shows_events_and_changes_and_writes_nothing,
                a_preview_includes_events_that_the_projection_has_not_applied,
                a_read_catches_the_projection_up_first,
                a_command_catches_the_projection_up_first,
                a_catch_up_can_be_cancelled_between_steps,
                an_inapplicable_event_stops_a_catch_up_and_is_named,
                events_of_unknown_type_are_skipped_and_counted,
                a_command_with_an_inapplicable_event_stores_nothing,
                the_checkpoint_is_the_last_event_applied_to_the_projection,
                an_app_is_found_by_metadata_prefix_or_events,
            }
            conditions {
                a_write_meets_its_expectation_of_an_entity_or_reports_the_conflict,
                an_expectation_of_an_entity_sees_earlier_commands_of_its_batch,
                a_closure_and_an_append_accept_every_condition_of_a_command,
                the_events_of_an_append_share_one_correlation_id,
                metadata_of_a_write_is_added_to_that_of_its_events,
                an_expired_idempotency_key_is_removed_and_a_younger_one_is_not,
                the_version_of_a_store_rises_with_each_of_its_own_commits,
            }
            named_projections {
                an_inline_projection_changes_with_the_events_and_commands_read_it,
                a_failing_handler_of_any_inline_projection_discards_the_events,
                an_async_projection_is_caught_up_on_demand_and_by_a_runner,
                a_new_inline_projection_of_an_existing_space_is_built_before_the_next_command,
                programs_of_two_versions_share_a_store_and_neither_corrupts_a_projection,
                each_projection_is_rebuilt_and_verified_by_itself,
                a_blocked_async_projection_names_its_event_and_blocks_no_command,
                a_delete_leaves_nothing_of_any_projection,
                projections_with_names_that_are_not_allowed_are_refused,
            }
            apps {
                a_space_is_refused_to_an_app_that_it_does_not_run,
                a_space_without_an_app_in_its_metadata_is_matched_by_name_or_events,
                an_empty_space_with_an_unknown_name_belongs_to_the_app_that_appends_first,
                a_space_created_by_its_app_stores_the_app_in_its_metadata,
                creating_a_space_twice_is_refused,
                a_renamed_space_keeps_everything_but_its_name,
                a_rename_keeps_the_app_that_the_old_name_decided,
                a_space_that_was_renamed_meanwhile_is_not_changed_under_its_old_name,
                metadata_is_replaced_and_an_app_is_set_beside_it,
                an_open_handle_notices_a_change_of_the_app,
                a_marked_space_refuses_a_change,
            }
            nested {
                a_write_inside_a_command_is_refused_and_changes_nothing,
                a_command_that_ignores_a_refused_write_succeeds_without_it,
                a_command_that_returns_the_refusal_fails_with_it,
                a_command_inside_an_event_handler_is_always_refused,
                a_command_may_read_another_space,
            }
            atomicity {
                a_rebuild_restores_articles_with_status_and_times,
                the_events_of_a_command_are_stored_and_applied_together,
                a_command_with_an_inapplicable_last_event_stores_none_of_its_events,
            }
            threads {
                every_thread_gets_an_answer_of_its_own_and_sequences_have_no_gaps,
                a_rejected_command_does_not_affect_those_committed_with_it,
                a_failing_unit_of_work_does_not_affect_those_committed_with_it,
                a_thread_reads_its_own_commit,
                an_answer_is_based_on_nothing_that_was_not_committed,
            }
            deliveries {
                every_event_is_delivered_once_and_in_the_order_of_its_space,
                a_subscription_continues_at_its_position_in_another_process,
                only_matching_events_are_delivered_and_the_others_leave_no_lag,
                a_start_decides_which_event_is_the_first,
                a_declaration_changes_the_query_but_not_the_spaces,
                a_key_is_the_same_for_each_delivery_of_an_event_and_for_no_other,
                a_run_ends_after_the_current_event_when_it_is_stopped,
            }
            failures {
                a_failing_event_is_tried_again_and_then_parked_with_its_error,
                an_attempt_is_counted_even_if_the_next_one_is_made_by_another_process,
                a_space_stops_at_a_failing_event_and_the_others_continue,
                a_skipped_event_is_never_delivered_and_a_stopped_space_continues_after_it,
                a_parked_event_is_delivered_at_the_request_of_an_operator,
                a_handler_that_panics_has_failed,
            }
            effects {
                an_effect_in_the_own_space_commits_with_the_checkpoint,
                an_effect_in_another_space_happens_once,
                a_rejected_effect_fails_the_delivery_and_changes_nothing,
                an_effect_in_another_store_fails_the_delivery,
            }
            leases {
                only_one_subscriber_delivers_at_a_time,
                the_lease_of_a_process_that_has_ended_is_taken_at_once,
                the_lease_of_another_machine_is_taken_when_its_time_is_over,
                a_holder_that_lost_its_lease_can_write_nothing,
                a_holder_that_is_overtaken_while_it_delivers_commits_nothing,
            }
            history {
                an_imported_history_is_not_delivered_unless_it_is_requested,
                a_reset_moves_the_positions_of_a_running_subscriber,
                a_reset_during_a_delivery_is_not_overwritten,
                a_deleted_space_leaves_nothing_of_its_subscriptions,
                a_removed_subscription_can_be_registered_again_and_its_subscriber_ends,
            }
        }
    };
}
