CREATE TABLE `legacy_changes` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` text NOT NULL,
	`legacy_id` text,
	`changes` integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `legacy_changes_user_id_unique` ON `legacy_changes` (`user_id`);--> statement-breakpoint
CREATE TABLE `legacy_differences` (
	`legacy_id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`here` text,
	`there` text
);
--> statement-breakpoint
CREATE TABLE `legacy_reports` (
	`legacy_id` text NOT NULL,
	`field` text NOT NULL,
	`problem` text NOT NULL,
	`detail` text NOT NULL,
	`original` text,
	`at` integer NOT NULL,
	PRIMARY KEY(`legacy_id`, `field`, `problem`)
);
--> statement-breakpoint
CREATE INDEX `legacy_reports_problem` ON `legacy_reports` (`problem`);