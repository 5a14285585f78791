CREATE TABLE `drafts` (
	`slug` text PRIMARY KEY NOT NULL,
	`metadata` text NOT NULL,
	`device_id` text NOT NULL,
	`saved_at` integer NOT NULL,
	`revision` integer NOT NULL,
	`content` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `events` (
	`id` integer PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`path` text,
	`visitor` text,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `images` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`size` integer NOT NULL,
	`width` integer NOT NULL,
	`height` integer NOT NULL,
	`uploader_id` text NOT NULL,
	`uploaded_at` integer NOT NULL,
	`stored` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `images_newest` ON `images` (`uploaded_at`,`id`) WHERE stored = 1;--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` text PRIMARY KEY NOT NULL,
	`secret_hash` text NOT NULL,
	`role` text NOT NULL,
	`note` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`accepted_by` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `invitations_secret` ON `invitations` (`secret_hash`);--> statement-breakpoint
CREATE TABLE `members` (
	`user_id` text PRIMARY KEY NOT NULL,
	`role` text NOT NULL,
	`joined_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `pages` (
	`id` text PRIMARY KEY NOT NULL,
	`slug` text NOT NULL,
	`title` text NOT NULL,
	`content` text NOT NULL,
	`status` text NOT NULL,
	`menu_order` integer,
	`updated_at` integer NOT NULL,
	`revision` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pages_slug` ON `pages` (`slug`);--> statement-breakpoint
CREATE TABLE `past_drafts` (
	`slug` text PRIMARY KEY NOT NULL,
	`revision` integer NOT NULL,
	`ended_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `post_facts` (
	`post_id` text PRIMARY KEY NOT NULL,
	`status` text NOT NULL,
	`words` integer NOT NULL,
	`tags` text NOT NULL,
	`published_at` integer,
	`updated_at` integer NOT NULL,
	`revision` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `post_facts_published` ON `post_facts` (`published_at`);--> statement-breakpoint
CREATE TABLE `rates` (
	`key` text NOT NULL,
	`actor` text NOT NULL,
	`count` integer NOT NULL,
	`started_at` integer NOT NULL,
	`ends_at` integer NOT NULL,
	PRIMARY KEY(`key`, `actor`)
);
--> statement-breakpoint
CREATE TABLE `salts` (
	`day` text PRIMARY KEY NOT NULL,
	`salt` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sections` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`label` text NOT NULL,
	`icon` text NOT NULL,
	`href` text NOT NULL,
	`enabled` integer NOT NULL,
	`sort_order` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sent` (
	`id` integer PRIMARY KEY NOT NULL,
	`up_to` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `site` (
	`id` integer PRIMARY KEY NOT NULL,
	`subdomain` text NOT NULL,
	`display_name` text NOT NULL,
	`owner_id` text NOT NULL,
	`tier` text NOT NULL,
	`theme` text NOT NULL,
	`features` text NOT NULL,
	`limits` text,
	`time_zone` text NOT NULL,
	`editor_preferences` text NOT NULL,
	`version` integer NOT NULL,
	`created_at` integer NOT NULL,
	`checked_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `stats_state` (
	`id` integer PRIMARY KEY NOT NULL,
	`refreshed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `trails` (
	`slug` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`waypoints` text NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer NOT NULL
);
