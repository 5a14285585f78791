CREATE TABLE `active_games` (
	`game_id` text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE `lockout` (
	`id` integer PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `retired_secrets` (
	`hash` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`salt` text NOT NULL,
	`retired_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `retired_secrets_session` ON `retired_secrets` (`session_id`);--> statement-breakpoint
CREATE INDEX `retired_secrets_salted` ON `retired_secrets` (`session_id`,`retired_at`) WHERE salt <> '';--> statement-breakpoint
CREATE TABLE `settings` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `doors` ADD `noted_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `device_id` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `device_name` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `presence` text DEFAULT 'online' NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `provider` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `refresh_token` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `previous_access_hash` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `previous_access_expires_at` integer;--> statement-breakpoint
UPDATE `sessions` SET `device_id` = 'dev_' || substr(`id`, 5);
