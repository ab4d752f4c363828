package config

import "github.com/tactful/tactful"

// Backup says where a running server makes copies. Empty places allow none.
type Backup struct {
	Dir    string `yaml:"dir" doc:"copies of the data that a running server makes; '' allows none; links need the file system of data_dir"`
	KeyDir string `yaml:"key_dir" doc:"copies of the keys that a running server makes; '' allows none; neither may be inside the other"`
}

// checkBackup keeps copies out of the stores, and keys out of copies of data.
func (c *Config) checkBackup() (faults []error) {
	for _, place := range [...]struct{ field, dir string }{{"backup.dir", c.Backup.Dir}, {"backup.key_dir", c.Backup.KeyDir}} {
		if place.dir != "" && (within(c.DataDir, place.dir) || within(c.KeyDir, place.dir)) {
			faults = append(faults, tactful.InvalidField(place.field, "is inside data_dir or key_dir", "name a place outside of both"))
		}
	}
	if c.Backup.Dir != "" && c.Backup.KeyDir != "" && (within(c.Backup.Dir, c.Backup.KeyDir) || within(c.Backup.KeyDir, c.Backup.Dir)) {
		faults = append(faults, tactful.InvalidField("backup.key_dir", "is in one place with backup.dir", "keep copies of keys apart from copies of data: together they undo every erasure"))
	}
	return faults
}
