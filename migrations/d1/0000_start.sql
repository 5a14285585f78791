CREATE TABLE `comment_reports` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	`post_id` text NOT NULL,
	`comment_id` text NOT NULL,
	`reporter_id` text NOT NULL,
	`reason` text NOT NULL,
	`note` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `comment_reports_once` ON `comment_reports` (`comment_id`,`reporter_id`);--> statement-breakpoint
CREATE TABLE `comments` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	`post_id` text NOT NULL,
	`author_id` text NOT NULL,
	`content` text NOT NULL,
	`parent_id` text,
	`depth` integer NOT NULL,
	`created_at` integer NOT NULL,
	`edited_at` integer,
	`deleted_at` integer,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `comments_post` ON `comments` (`post_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `identities` (
	`provider` text NOT NULL,
	`subject` text NOT NULL,
	`user_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`provider`, `subject`)
);
--> statement-breakpoint
CREATE INDEX `identities_user` ON `identities` (`user_id`);--> statement-breakpoint
CREATE TABLE `outbox_marks` (
	`source` text PRIMARY KEY NOT NULL,
	`batch` integer NOT NULL,
	`fresh` integer NOT NULL,
	CONSTRAINT "outbox_mark_is_fresh" CHECK("outbox_marks"."fresh" = 1)
);
--> statement-breakpoint
CREATE TABLE `post_tags` (
	`tenant` text NOT NULL,
	`tag` text NOT NULL,
	`published_at` integer NOT NULL,
	`post_id` text NOT NULL,
	PRIMARY KEY(`tenant`, `tag`, `published_at`, `post_id`)
);
--> statement-breakpoint
CREATE INDEX `post_tags_post` ON `post_tags` (`post_id`);--> statement-breakpoint
CREATE TABLE `posts` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant` text NOT NULL,
	`slug` text NOT NULL,
	`title` text NOT NULL,
	`content` text NOT NULL,
	`tags` text NOT NULL,
	`status` text NOT NULL,
	`author_id` text NOT NULL,
	`published_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`revision` integer DEFAULT 1 NOT NULL,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `posts_slug` ON `posts` (`tenant`,`slug`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `posts_published` ON `posts` (`tenant`,`status`,`published_at`,`id`);--> statement-breakpoint
CREATE INDEX `posts_updated` ON `posts` (`tenant`,`updated_at`,`id`);--> statement-breakpoint
CREATE TABLE `reaction_counts` (
	`post_id` text NOT NULL,
	`reaction_type` text NOT NULL,
	`count` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`post_id`, `reaction_type`)
);
--> statement-breakpoint
CREATE TABLE `tenants` (
	`subdomain` text PRIMARY KEY NOT NULL,
	`display_name` text NOT NULL,
	`owner_id` text NOT NULL,
	`tier` text DEFAULT 'seedling' NOT NULL,
	`theme` text NOT NULL,
	`features` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `tenants_owner` ON `tenants` (`owner_id`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`picture` text,
	`email` text,
	`role` text DEFAULT 'user' NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer DEFAULT 1 NOT NULL
);
