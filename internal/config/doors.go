package config

import (
	"fmt"
	"net/url"
	"regexp"
)

// Doors sets up the doors that speak the wire of other products. Each opens
// only for who signs with a secret that is listed here.
type Doors struct {
	Recombee    []RecombeeDatabase `yaml:"recombee" doc:"databases that Recombee's server clients may ask for recommendations"`
	Personalize []PersonalizeKey   `yaml:"personalize" doc:"access keys with which clients of Amazon Personalize may ask for recommendations"`
}

// RecombeeDatabase is a database's name with the file of its private token.
type RecombeeDatabase struct {
	Database  string `yaml:"database" doc:"name, as the client is given it"`
	TokenFile string `yaml:"token_file" doc:"file with the private token, 16 bytes or more; kept out of the configuration"`
}

// PersonalizeKey is an access key's id with the file of its secret.
type PersonalizeKey struct {
	AccessKey  string `yaml:"access_key" doc:"id of the access key"`
	SecretFile string `yaml:"secret_file" doc:"file with the secret access key, 16 bytes or more"`
}

var (
	databaseName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$`)
	accessKeyID  = regexp.MustCompile(`^[A-Za-z0-9]{4,128}$`)
)

const maxDoorKeys = 64

func (d *Doors) validate(fault func(field, detail, remedy string)) {
	names := map[string]bool{}
	for i, db := range d.Recombee {
		field := fmt.Sprintf("doors.recombee[%d].", i)
		if !databaseName.MatchString(db.Database) {
			fault(field+"database", "is no name of a database", "1 to 63 letters, digits, - and _")
		}
		if names[db.Database] {
			fault(field+"database", "is there twice", "list it once")
		}
		names[db.Database] = true
		if db.TokenFile == "" {
			fault(field+"token_file", "is missing", "name the file that holds the private token")
		}
	}
	names = map[string]bool{}
	for i, key := range d.Personalize {
		field := fmt.Sprintf("doors.personalize[%d].", i)
		if !accessKeyID.MatchString(key.AccessKey) {
			fault(field+"access_key", "is no id of an access key", "4 to 128 letters and digits")
		}
		if names[key.AccessKey] {
			fault(field+"access_key", "is there twice", "list it once")
		}
		names[key.AccessKey] = true
		if key.SecretFile == "" {
			fault(field+"secret_file", "is missing", "name the file that holds the secret access key")
		}
	}
	if len(d.Recombee) > maxDoorKeys || len(d.Personalize) > maxDoorKeys {
		fault("doors", "lists too many", fmt.Sprintf("at most %d of a kind", maxDoorKeys))
	}
}

// publicAddress reports whether text is scheme://host, perhaps with a port.
func publicAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}
