ALTER TABLE `facts` ADD `members` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `facts` ADD `site_version` integer DEFAULT 0 NOT NULL;