CREATE TABLE `drafts` (
	`tenant` text NOT NULL,
	`slug` text NOT NULL,
	`content` text NOT NULL,
	`metadata` text NOT NULL,
	`device_id` text NOT NULL,
	`saved_at` integer NOT NULL,
	`revision` integer NOT NULL,
	PRIMARY KEY(`tenant`, `slug`)
);
--> statement-breakpoint
CREATE TABLE `site_images` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`size` integer NOT NULL,
	`width` integer NOT NULL,
	`height` integer NOT NULL,
	`uploader_id` text NOT NULL,
	`uploaded_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `site_images_newest` ON `site_images` (`tenant`,`uploaded_at`,`id`);--> statement-breakpoint
CREATE TABLE `site_members` (
	`tenant` text NOT NULL,
	`user_id` text NOT NULL,
	`role` text NOT NULL,
	`joined_at` integer NOT NULL,
	PRIMARY KEY(`tenant`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `site_members_user` ON `site_members` (`user_id`);--> statement-breakpoint
CREATE TABLE `site_pages` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	`slug` text NOT NULL,
	`title` text NOT NULL,
	`content` text NOT NULL,
	`status` text NOT NULL,
	`menu_order` integer,
	`updated_at` integer NOT NULL,
	`revision` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `site_pages_slug` ON `site_pages` (`tenant`,`slug`);--> statement-breakpoint
CREATE TABLE `site_sections` (
	`tenant` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`label` text NOT NULL,
	`icon` text NOT NULL,
	`href` text NOT NULL,
	`enabled` integer NOT NULL,
	`sort_order` integer NOT NULL,
	PRIMARY KEY(`tenant`, `id`)
);
--> statement-breakpoint
CREATE TABLE `trails` (
	`tenant` text NOT NULL,
	`slug` text NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`waypoints` text NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer NOT NULL,
	PRIMARY KEY(`tenant`, `slug`)
);
--> statement-breakpoint
ALTER TABLE `posts` ADD `words` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `limits` text;--> statement-breakpoint
ALTER TABLE `tenants` ADD `time_zone` text DEFAULT 'UTC' NOT NULL;--> statement-breakpoint
ALTER TABLE `tenants` ADD `editor_preferences` text DEFAULT '{}' NOT NULL;