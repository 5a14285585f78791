CREATE TABLE `totals` (
	`name` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
DROP INDEX `comments_author`;--> statement-breakpoint
CREATE INDEX `comments_live` ON `comments` (`n`) WHERE deleted_at IS NULL;--> statement-breakpoint
ALTER TABLE `people` ADD `wrote_at` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
INSERT INTO `totals` (`name`, `count`) SELECT `reaction_type`, count(*) FROM `reactions` GROUP BY `reaction_type`;--> statement-breakpoint
INSERT INTO `totals` (`name`, `count`) SELECT 'comments', count(*) FROM `comments` WHERE deleted_at IS NULL;
