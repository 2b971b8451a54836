-- Each table shows a transaction the rows of its company and takes no others.
-- No tenant set is an error, not an empty answer: `current_setting` without `missing_ok` raises, and
-- the empty string that a pooled connection keeps after a transaction is no uuid.
-- The owner is exempt (row security is not forced): migrations, `verify` and the look-up functions
-- run as the owner, the application never does.

ALTER TABLE companies ENABLE ROW LEVEL SECURITY;
CREATE POLICY companies_one_tenant ON companies
    USING (id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE ON companies TO askproai_app;

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_keys_one_tenant ON api_keys
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE ON api_keys TO askproai_app;

ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_log_one_tenant ON audit_log
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT ON audit_log TO askproai_app;

ALTER TABLE branches ENABLE ROW LEVEL SECURITY;
CREATE POLICY branches_one_tenant ON branches
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON branches TO askproai_app;

ALTER TABLE call_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY call_keys_one_tenant ON call_keys
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE (started_at) ON call_keys TO askproai_app;

ALTER TABLE connections ENABLE ROW LEVEL SECURITY;
CREATE POLICY connections_one_tenant ON connections
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON connections TO askproai_app;

ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY customers_one_tenant ON customers
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON customers TO askproai_app;

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_one_tenant ON idempotency_keys
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT ON idempotency_keys TO askproai_app;

ALTER TABLE services ENABLE ROW LEVEL SECURITY;
CREATE POLICY services_one_tenant ON services
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON services TO askproai_app;

ALTER TABLE webhook_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhook_events_one_tenant ON webhook_events
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT ON webhook_events TO askproai_app;

ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
CREATE POLICY agents_one_tenant ON agents
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON agents TO askproai_app;

ALTER TABLE api_call_logs ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_call_logs_one_tenant ON api_call_logs
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT ON api_call_logs TO askproai_app;

ALTER TABLE callbacks ENABLE ROW LEVEL SECURITY;
CREATE POLICY callbacks_one_tenant ON callbacks
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE ON callbacks TO askproai_app;

ALTER TABLE calls ENABLE ROW LEVEL SECURITY;
CREATE POLICY calls_one_tenant ON calls
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE ON calls TO askproai_app;

ALTER TABLE opening_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY opening_hours_one_tenant ON opening_hours
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON opening_hours TO askproai_app;

ALTER TABLE phone_numbers ENABLE ROW LEVEL SECURITY;
CREATE POLICY phone_numbers_one_tenant ON phone_numbers
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON phone_numbers TO askproai_app;

ALTER TABLE resources ENABLE ROW LEVEL SECURITY;
CREATE POLICY resources_one_tenant ON resources
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON resources TO askproai_app;

ALTER TABLE service_branches ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_branches_one_tenant ON service_branches
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON service_branches TO askproai_app;

ALTER TABLE special_days ENABLE ROW LEVEL SECURITY;
CREATE POLICY special_days_one_tenant ON special_days
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON special_days TO askproai_app;

ALTER TABLE staff ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff_one_tenant ON staff
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON staff TO askproai_app;

ALTER TABLE absences ENABLE ROW LEVEL SECURITY;
CREATE POLICY absences_one_tenant ON absences
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON absences TO askproai_app;

ALTER TABLE appointments ENABLE ROW LEVEL SECURITY;
CREATE POLICY appointments_one_tenant ON appointments
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE ON appointments TO askproai_app;

ALTER TABLE event_types ENABLE ROW LEVEL SECURITY;
CREATE POLICY event_types_one_tenant ON event_types
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON event_types TO askproai_app;

ALTER TABLE staff_branches ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff_branches_one_tenant ON staff_branches
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON staff_branches TO askproai_app;

ALTER TABLE staff_services ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff_services_one_tenant ON staff_services
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON staff_services TO askproai_app;

ALTER TABLE working_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY working_hours_one_tenant ON working_hours
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON working_hours TO askproai_app;

ALTER TABLE appointment_slots ENABLE ROW LEVEL SECURITY;
CREATE POLICY appointment_slots_one_tenant ON appointment_slots
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE ON appointment_slots TO askproai_app;

ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
CREATE POLICY notifications_one_tenant ON notifications
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE ON notifications TO askproai_app;

ALTER TABLE reservations ENABLE ROW LEVEL SECURITY;
CREATE POLICY reservations_one_tenant ON reservations
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE ON reservations TO askproai_app;
